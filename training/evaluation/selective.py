"""What is gained by not answering: the least confident images, or those unlike all that the model knows."""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from sklearn.metrics import roc_auc_score

from lesion.decision import Floats, Unknown
from training.calibration.unknown import rank
from training.comparison import Interval
from training.evaluation.answers import Answers, Booleans
from training.evaluation.calibration_error import top
from training.evaluation.coverage import law, middle
from training.evaluation.risk import Order, RiskCoverage
from training.evaluation.share import DependentShare, Share
from training.predictions import one_a_lesion

REJECTED = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Shares of images left to a person."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Rejection(_Part):
    """What is right once the least confident images are left to a person."""

    rejected: float = Field(description="Share of the images left.")
    accuracy: float
    balanced_accuracy: float = Field(description="Mean recall over the classes that are still answered.")
    classes: int = Field(description="Classes that are still answered.")


class Familiarity(_Part):
    """Images on one side of the unknown threshold. None where there are none, or of one kind only."""

    images: int
    accuracy: float | None
    malignancy_auc: float | None
    malignant: int


class Strangeness(_Part):
    """The unknown score on this part, whose images are like those the model knows."""

    threshold: float
    promised: float = Field(description="Share of such images that should lie above: 1 − known.")
    above: Share = Field(description="One image a lesion.")
    above_all: DependentShare = Field(description="All images.")
    expected: Interval | None = Field(
        description="Middle 95 % of the shares that would lie above by chance, that of calibration included. None: "
        "its number of lesions is not known."
    )
    within: bool | None = Field(description="Whether the share of `above` lies there.")
    known: Familiarity
    unknown: Familiarity


class Selective(_Part):
    """Answering less, on all images."""

    images: int
    plain: RiskCoverage = Field(description="By the decision's probabilities.")
    balanced: RiskCoverage = Field(
        description="Error is 1 − balanced accuracy, by the probabilities of equally frequent classes."
    )
    rejections: tuple[Rejection, ...]
    strangeness: Strangeness | None = Field(description="None where the decision has no unknown score.")


class Separation(_Part):
    """Whether a score tells strange pictures from known ones; larger scores are stranger."""

    known: int = Field(description="Images of the kind that the model knows.")
    strange: int
    auroc: float = Field(
        description="Chance that a strange picture scores above a known one. 0.5: no better than none."
    )
    caught: Share = Field(description="Strange pictures above the threshold.")


def selective(answers: Answers, *, seed: int = 0) -> Selective:
    """Of all images, by the decision's probabilities and by those of equally frequent classes."""
    images, classes = len(answers.label), len(answers.classes)
    confidence, right = top(answers.decision.probabilities, answers.label)
    even_confidence, even_right = top(answers.even, answers.label)
    alike = np.zeros_like(answers.label)
    plain = Order.of(confidence, right, alike, 1)
    balanced = Order.of(even_confidence, even_right, answers.label, classes)
    return Selective(
        images=images,
        plain=RiskCoverage.of(plain),
        balanced=RiskCoverage.of(balanced),
        rejections=tuple(_rejection(share, plain, balanced) for share in REJECTED),
        strangeness=_strangeness(answers, right, seed),
    )


def separation(known: Floats, strange: Floats, threshold: float) -> Separation:
    """Of scores of known pictures (N,) and of strange ones (M,), strange above the threshold.

    Raises `ValueError` where either has none.
    """
    if not len(known) or not len(strange):
        raise ValueError(f"Expected scores of known and strange pictures. Received {len(known)} and {len(strange)}.")
    truth = np.repeat([False, True], [len(known), len(strange)])
    return Separation(
        known=len(known),
        strange=len(strange),
        auroc=float(roc_auc_score(truth, np.concatenate([known, strange]))),
        caught=Share.where(strange > threshold),
    )


def _rejection(share: float, plain: Order, balanced: Order) -> Rejection:
    """The most confident are kept; one image at least."""
    last = max(round((1 - share) * len(plain.confidence)), 1) - 1
    return Rejection(
        rejected=share,
        accuracy=float(1 - plain.error[last]),
        balanced_accuracy=float(1 - balanced.error[last]),
        classes=int(balanced.classes[last]),
    )


def _strangeness(answers: Answers, right: Booleans, seed: int) -> Strangeness | None:
    score, unknown = answers.decision.unknown, answers.spec.unknown
    if score is None or unknown is None:
        return None
    above = score > unknown.threshold
    share = Share.where(above[one_a_lesion(answers.predictions)])
    every = np.ones_like(above)
    expected = _expected(answers, unknown, share.total)
    return Strangeness(
        threshold=unknown.threshold,
        promised=round(1 - unknown.known, 9),
        above=share,
        above_all=DependentShare.where(above, every, answers.predictions.lesion_id, seed=seed),
        expected=None if expected is None else (expected[0] / share.total, expected[1] / share.total),
        within=None if expected is None else expected[0] <= share.hits <= expected[1],
        known=_familiarity(answers, right, ~above),
        unknown=_familiarity(answers, right, above),
    )


def _expected(answers: Answers, unknown: Unknown, images: int) -> tuple[int, int] | None:
    """Bounds of how many lie above. Like a conformal threshold, this one is a rank among the lesions of calibration."""
    promise = answers.spec.prediction_sets
    if promise is None:
        return None
    lesions = promise.marginal.lesions
    low, high = middle(law(rank(lesions, unknown.known), lesions, images))
    return images - high, images - low


def _familiarity(answers: Answers, right: Booleans, chosen: Booleans) -> Familiarity:
    malignant, malignancy = answers.malignant[chosen], answers.decision.malignancy[chosen]
    both = 0 < malignant.sum() < len(malignant)
    return Familiarity(
        images=len(malignant),
        malignant=int(malignant.sum()),
        accuracy=float(right[chosen].mean()) if len(malignant) else None,
        malignancy_auc=float(roc_auc_score(malignant, malignancy)) if both else None,
    )
