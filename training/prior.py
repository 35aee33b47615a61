"""How frequent a model's answers suppose the categories, by the loss it was trained with."""

import numpy as np

from lesion.decision import Floats
from training.losses import effective_weights
from training.options.fit import Loss


def supposed(loss: Loss, shares: Floats, counts: np.ndarray) -> Floats:
    """Shares (C,) that sum to 1, for batches drawn with `shares` from that many images of each category.

    Logit adjustment takes the shares of the batches out of the answer; weights of the loss multiply them.
    """
    present = shares > 0
    if loss.kind == "logit_adjusted":
        prior = present.astype(np.float64)
    elif loss.kind == "class_balanced":
        prior = shares * np.array(effective_weights(counts, loss.beta))
    else:
        prior = np.where(present, shares, 0.0)
    result: Floats = prior / prior.sum()
    return result
