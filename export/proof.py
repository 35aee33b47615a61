"""What a variant costs: its answers beside those of the model that was evaluated, graded by the same measures."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import recall_score, roc_auc_score

from export.errors import ConversionFailed
from lesion.variant import BOUND, Proof
from training.evaluation.answers import Answers
from training.evaluation.calibration_error import top
from training.evaluation.classification import chosen
from training.evaluation.paired import paired
from training.evaluation.reliability import binary, equal_width
from training.predictions import Predictions
from training.splits import Part


class Refused(ConversionFailed):
    """A variant loses more than it may."""


def prove(variant: Answers, model: Answers, parts: Sequence[Part], bound: float = BOUND) -> Proof:
    """Compare a variant with the model on the same images. Raises `ValueError` when they answered others."""
    compared = paired(variant, model)
    difference, auc = compared.even.balanced_accuracy, compared.malignancy_auc
    if auc is None:
        raise ConversionFailed(f"A proof needs malignant and other lesions. Received one kind on {', '.join(parts)}.")
    confidence, right = top(variant.decision.probabilities, variant.label)
    error = binary(confidence, right, equal_width(confidence), variant.predictions.lesion_id, seed=0).value
    told = (variant.decision.outcome, model.decision.outcome)
    return Proof(
        parts=tuple(parts),
        images=compared.images,
        lesions=len(np.unique(variant.predictions.lesion_id)),
        balanced_accuracy=_balanced_accuracy(variant),
        difference=difference.value,
        interval=difference.interval,
        bound=bound,
        malignancy_auc=_malignancy_auc(variant),
        malignancy_auc_difference=auc.value,
        malignancy_auc_interval=auc.interval,
        calibration_error=error,
        same_first_answer=_alike(*(each.decision.probabilities.argmax(axis=1) for each in (variant, model))),
        same_outcome=None if None in told else _alike(*(np.array(each) for each in told)),
    )


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Predictions of several parts as of one. Raises `ValueError` when they are of other categories."""
    first = parts[0]
    if any(tuple(part.categories) != tuple(first.categories) for part in parts):
        raise ValueError(f"Parts must be of the same categories. Received {[list(part.categories) for part in parts]}.")
    rows = {
        each.name: np.concatenate([getattr(part, each.name) for part in parts])
        for each in fields(Predictions)
        if each.name != "categories"
    }
    return Predictions(**rows, categories=first.categories)


def _balanced_accuracy(answers: Answers) -> float:
    present = np.unique(answers.label)
    return float(recall_score(answers.label, chosen(answers, "even"), labels=present, average="macro"))


def _malignancy_auc(answers: Answers) -> float:
    return float(roc_auc_score(answers.malignant, answers.decision.malignancy))


def _alike(ones: npt.NDArray[Any], others: npt.NDArray[Any]) -> float:
    return float(np.mean(ones == others))
