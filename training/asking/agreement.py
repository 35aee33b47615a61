"""How far what was asked agrees with a run's own predictions, image by image."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import recall_score, roc_auc_score

from lesion.decision import DecisionSpec, decide
from training.asking.asked import Asked
from training.errors import InvalidData
from training.evaluation.answers import Answers
from training.predictions import Predictions
from training.target import Target

Pair = tuple[float, float]
"""Of the run, and of who was asked."""


@dataclass(frozen=True)
class Agreement:
    """Over the images that were answered.

    `logit_difference`: the largest absolute one; where logits are known up to a constant an image, of logits less their
    mean. `first_answers`, `outcomes`: shares of images with the same, None where there are no outcomes.
    """

    images: int
    rejected: Mapping[str, str]
    logit_difference: float
    shift_known: bool
    first_answers: float
    outcomes: float | None
    balanced_accuracy: Pair
    malignancy_auc: Pair | None

    def lines(self) -> list[str]:
        """For a person."""
        of = "" if self.shift_known else " (each image's logits less their mean: the answers carry no unknown score)"
        told = [
            f"{self.images} images answered, {len(self.rejected)} rejected",
            f"largest difference of a logit: {self.logit_difference:.2g}{of}",
            f"same first answer: {self.first_answers:.2%}",
            "same outcome: " + ("no outcomes to compare" if self.outcomes is None else f"{self.outcomes:.2%}"),
            "balanced accuracy: run {:.4f}, asked {:.4f}".format(*self.balanced_accuracy),
            "malignancy AUC: " + ("one kind only" if self.malignancy_auc is None else _both(self.malignancy_auc)),
        ]
        return [
            *told,
            *(f"rejected: {name} ({reasons or 'no reason given'})" for name, reasons in self.rejected.items()),
        ]


def compare(own: Predictions, spec: DecisionSpec, asked: Asked, asked_spec: DecisionSpec, target: Target) -> Agreement:
    """Compare a run's predictions, read by its decision, with what was asked, read by the decision of the bundle.

    Raises `InvalidData` when the run has no prediction of an image that was asked about, or none was answered.
    """
    theirs = Answers.of(asked.predictions, asked_spec, target)
    ours = Answers.of(_same_images(own, asked.predictions), spec, target)
    return Agreement(
        images=len(theirs.label),
        rejected=asked.rejected,
        logit_difference=_logit_difference(ours.predictions, asked),
        shift_known=asked.shift_known,
        first_answers=float((_first(ours) == _first(theirs)).mean()),
        outcomes=_outcomes_alike(ours, theirs, asked, target),
        balanced_accuracy=(_balanced_accuracy(ours), _balanced_accuracy(theirs)),
        malignancy_auc=None if len(set(ours.malignant.tolist())) < 2 else (_auc(ours), _auc(theirs)),
    )


def _same_images(own: Predictions, asked: Predictions) -> Predictions:
    place = {name: position for position, name in enumerate(own.image_id.tolist())}
    strangers = [name for name in asked.image_id.tolist() if name not in place]
    if strangers:
        raise InvalidData(
            f"There is nothing to compare with: the run has no predictions of {len(strangers)} of "
            f"{len(asked.image_id)} images answered, such as {strangers[:3]}."
        )
    if not len(asked.image_id):
        raise InvalidData("There is nothing to compare with: no image was answered.")
    return own.take(np.array([place[name] for name in asked.image_id.tolist()], np.int64))


def _logit_difference(own: Predictions, asked: Asked) -> float:
    difference = asked.predictions.logits.astype(np.float64) - own.logits
    if not asked.shift_known:
        difference -= difference.mean(axis=1, keepdims=True)
    return float(np.abs(difference).max())


def _first(answers: Answers) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    first: np.ndarray[tuple[int], np.dtype[np.int64]] = answers.decision.probabilities.argmax(axis=1)
    return first


def _outcomes_alike(ours: Answers, theirs: Answers, asked: Asked, target: Target) -> float | None:
    """At the operating point that was answered at; where only logits were, at that of the bundle's own reading."""
    point = theirs.decision.point
    outcomes, sensitivity = asked.outcomes, asked.sensitivity
    if outcomes is None and point is not None:
        outcomes, sensitivity = theirs.decision.outcome, point.sensitivity
    if outcomes is None:
        return None
    try:
        expected = decide(ours.logits, target.malignant_classes, ours.spec, sensitivity=sensitivity).outcome
    except ValueError as error:
        raise InvalidData(f"The run cannot be compared at the operating point that answered. {error}") from error
    return None if expected is None else float(np.mean(np.array(expected) == np.array(outcomes)))


def _balanced_accuracy(answers: Answers) -> float:
    present = np.unique(answers.label)
    return float(recall_score(answers.label, answers.even.argmax(axis=1), labels=present, average="macro"))


def _auc(answers: Answers) -> float:
    return float(roc_auc_score(answers.malignant, answers.decision.malignancy))


def _both(pair: Pair) -> str:
    return "run {:.4f}, asked {:.4f}".format(*pair)
