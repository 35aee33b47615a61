"""How well the probability of malignancy parts the malignant from all others, in one figure."""

import numpy as np

from training.bootstrap import redrawn
from training.evaluation.answers import Answers
from training.evaluation.estimate import Estimate
from training.evaluation.sweep import Order


def malignancy_auc(answers: Answers, *, seed: int) -> Estimate:
    """Area under the receiver operating characteristic; lesions are drawn again with all their images."""
    order = Order.of(answers.malignant, answers.decision.malignancy)
    once = np.ones((1, len(answers.label)), np.int64)
    value = float(order.sweep(once).auc()[0])
    if not np.isfinite(value):
        return Estimate(value=None, interval=None)
    blocks = [order.sweep(times).auc() for times in redrawn(answers.predictions.lesion_id, seed)]
    return Estimate.of(value, np.concatenate(blocks))
