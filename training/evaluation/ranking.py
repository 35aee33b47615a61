"""How well probabilities rank images: areas, precision, and the curves they summarize, of each class and of malignancy.

Scores are the calibrated probabilities. All intervals and bands are of the same draws of lesions.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.bootstrap import redrawn
from training.evaluation.answers import Answers
from training.evaluation.curve import ALARMS, RECALLS, Curve
from training.evaluation.estimate import Estimate, mean
from training.evaluation.sweep import Order, Sweep
from training.target import MALIGNANT

LEVELS = np.array([0.8, 0.9, 0.95])
"""Of specificity, at which sensitivity is told, and the reverse."""
PARTIAL = 0.8
"""The sensitivity above which ISIC 2024 measured the area."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Level(_Part):
    """What a threshold attains at best that keeps the other figure at a level. It was found on these very images."""

    level: float = Field(description="The other figure is at least this.")
    value: Estimate


class Ranked(_Part):
    """One kind of image, a class or the malignant ones, by its probability, against all others."""

    name: str
    images: int = Field(description="Of this kind.")
    lesions: int = Field(description="Of this kind.")
    auc: Estimate = Field(description="Area under the receiver operating characteristic: 1 at best, 0.5 by chance.")
    average_precision: Estimate = Field(description="1 at best; by chance, the share of this kind in all images.")
    partial_auc: Estimate = Field(description="Area above 80 % sensitivity, 0 to 0.2: the score of ISIC 2024.")
    sensitivity: tuple[Level, ...] = Field(description="At 80, 90 and 95 % specificity.")
    specificity: tuple[Level, ...] = Field(description="At 80, 90 and 95 % sensitivity.")
    roc: Curve | None = Field(description="x 1 - specificity, y sensitivity. None where either kind is absent.")
    precision_recall: Curve | None = Field(description="x recall, y precision. None where either kind is absent.")


class Means(_Part):
    """Over the classes present."""

    auc: Estimate
    average_precision: Estimate


class Ranking(_Part):
    """All classes and malignancy, of the same images."""

    images: int
    lesions: int
    macro: Means = Field(description="Every class counts alike.")
    weighted: Means = Field(description="Every class counts by its images.")
    classes: tuple[Ranked, ...]
    malignancy: Ranked


def ranking(answers: Answers, *, seed: int = 0) -> Ranking:
    """Rank the images of each class, and the malignant ones, above all others."""
    lesions = answers.predictions.lesion_id
    kinds = [*np.eye(len(answers.classes), dtype=bool)[answers.label].T, answers.malignant]
    scores = [*answers.decision.probabilities.T, answers.decision.malignancy]
    orders = [Order.of(kind, score) for kind, score in zip(kinds, scores, strict=True)]
    once = np.ones((1, len(answers.label)), np.int64)
    told = [_measures(order.sweep(once)) for order in orders]
    again = _draws(orders, lesions, seed)
    ranked = [
        _ranked(name, len(np.unique(lesions[kind])), order.sweep(once), one, many)
        for name, kind, order, one, many in zip((*answers.classes, MALIGNANT), kinds, orders, told, again, strict=True)
    ]
    return Ranking(
        images=len(answers.label),
        lesions=len(np.unique(lesions)),
        macro=_means(told[:-1], again[:-1], by_images=False),
        weighted=_means(told[:-1], again[:-1], by_images=True),
        classes=tuple(ranked[:-1]),
        malignancy=ranked[-1],
    )


def _draws(orders: Sequence[Order], lesions: npt.NDArray[np.generic], seed: int) -> list[dict[str, Floats]]:
    """Measures of each order, over all draws."""
    blocks = [[_measures(order.sweep(times)) for order in orders] for times in redrawn(lesions, seed)]
    return [
        {name: np.concatenate([block[place][name] for block in blocks]) for name in blocks[0][place]}
        for place in range(len(orders))
    ]


def _measures(sweep: Sweep) -> dict[str, Floats]:
    """All of each draw: float64 (draws,), (draws, levels), and (draws, G) of curves on their grid."""
    return {
        "images": sweep.true[:, -1],
        "auc": sweep.auc(),
        "average_precision": sweep.average_precision(),
        "partial_auc": sweep.area_above(PARTIAL),
        "sensitivity": sweep.sensitivity_at(LEVELS),
        "specificity": sweep.specificity_at(LEVELS),
        "roc": sweep.sensitivity_on(ALARMS),
        "precision_recall": sweep.precision_on(RECALLS),
    }


def _ranked(name: str, lesions: int, sweep: Sweep, told: Mapping[str, Floats], again: Mapping[str, Floats]) -> Ranked:
    def estimate(measure: str) -> Estimate:
        return Estimate.of(float(told[measure][0]), again[measure])

    def levels(figure: str) -> tuple[Level, ...]:
        rows = zip(LEVELS.tolist(), told[figure][0].tolist(), again[figure].T, strict=True)
        return tuple(Level(level=level, value=Estimate.of(value, draws)) for level, value, draws in rows)

    both = sweep.true[0, -1] > 0 and sweep.false[0, -1] > 0
    return Ranked(
        name=name,
        images=int(told["images"][0]),
        lesions=lesions,
        auc=estimate("auc"),
        average_precision=estimate("average_precision"),
        partial_auc=estimate("partial_auc"),
        sensitivity=levels("sensitivity"),
        specificity=levels("specificity"),
        roc=Curve.roc(sweep, again["roc"]) if both else None,
        precision_recall=Curve.precision_recall(sweep, again["precision_recall"]) if both else None,
    )


def _means(told: Sequence[Mapping[str, Floats]], again: Sequence[Mapping[str, Floats]], *, by_images: bool) -> Means:
    """Over the classes that each draw holds, as far as it also holds others."""

    def averaged(classes: Sequence[Mapping[str, Floats]], measure: str) -> Floats:
        values, images = (np.stack([each[name] for each in classes], axis=1) for name in (measure, "images"))
        return mean(values, np.where(np.isfinite(values), images if by_images else 1.0, 0.0))

    return Means(
        **{name: Estimate.of(float(averaged(told, name)[0]), averaged(again, name)) for name in Means.model_fields}
    )
