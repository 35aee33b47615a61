"""Malignant against all else, as CancerNet-SCa's paper grades it: counts, the five figures, their intervals.

Of N images, TP malignant ones were called malignant and FN were not; of the others TN were not and FP were.

    sensitivity = TP / (TP + FN)      positive predictive value (PPV) = TP / (TP + FP)
    specificity = TN / (TN + FP)      negative predictive value (NPV) = TN / (TN + FN)

The predictive values depend on how many of the images are malignant. `at` gives those of any prevalence from
sensitivity and specificity (Bayes); the paper's are at one half.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from lesion.decision import DecisionSpec, even
from training.bootstrap import drawn, quantiles
from training.predictions import Predictions, classes_of
from training.target import Target

THRESHOLD = 0.5
"""Of the malignancy. Models that learn by a balanced loss answer as if both kinds were equally frequent."""
EVEN = 0.5
"""The paper's prevalence."""
Z95 = 1.959963984540054

Interval = tuple[float, float]


@dataclass(frozen=True)
class Counts:
    """Images by truth and call. Figures are shares, NaN where there is nothing to share."""

    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int

    @property
    def sensitivity(self) -> float:
        """Share of the malignant that were called so."""
        return _share(self.true_positive, self.true_positive + self.false_negative)

    @property
    def specificity(self) -> float:
        """Share of the others that were not."""
        return _share(self.true_negative, self.true_negative + self.false_positive)

    @property
    def accuracy(self) -> float:
        """Share of all images that were called right."""
        right = self.true_positive + self.true_negative
        return _share(right, right + self.false_negative + self.false_positive)

    @property
    def balanced_accuracy(self) -> float:
        """Mean of sensitivity and specificity."""
        return (self.sensitivity + self.specificity) / 2

    @property
    def ppv(self) -> float:
        """Share of those called malignant that are."""
        return _share(self.true_positive, self.true_positive + self.false_positive)

    @property
    def npv(self) -> float:
        """Share of those not called malignant that are not."""
        return _share(self.true_negative, self.true_negative + self.false_negative)

    @property
    def even_ppv(self) -> float:
        """PPV if half of the images were malignant."""
        return self.at(EVEN)[0]

    @property
    def even_npv(self) -> float:
        """NPV if half of the images were malignant."""
        return self.at(EVEN)[1]

    def at(self, prevalence: float) -> tuple[float, float]:
        """PPV and NPV if this share of the images were malignant."""
        hit, alarm = prevalence * self.sensitivity, (1 - prevalence) * (1 - self.specificity)
        miss, clear = prevalence * (1 - self.sensitivity), (1 - prevalence) * self.specificity
        return _share(hit, hit + alarm), _share(clear, clear + miss)


FIGURES: dict[str, Callable[[Counts], float]] = {
    name: getattr(Counts, name).fget
    for name in (
        "accuracy",
        "sensitivity",
        "specificity",
        "ppv",
        "npv",
        "even_ppv",
        "even_npv",
        "balanced_accuracy",
    )
}


@dataclass(frozen=True)
class Graded:
    """One network, over all its seeds: each figure, its 95 % interval by lesion, and ranking by malignancy."""

    images: int
    malignant: int
    figures: dict[str, float]
    intervals: dict[str, Interval]
    malignancy_auc: float
    balanced_accuracies: tuple[float, ...]
    """Of each seed by itself."""


def grade(answers: Sequence[tuple[Predictions, DecisionSpec]], target: Target, *, seed: int = 0) -> Graded:
    """Grade the answers of each seed's model to the same images.

    A figure is that of all seeds' calls together. Lesions are drawn again with all their images and all calls on them.
    Raises `ValueError` when two seeds answered other images.
    """
    first = answers[0][0]
    for given, _ in answers[1:]:
        if given.image_id.tolist() != first.image_id.tolist():
            raise ValueError("All seeds must answer the same images in the same order.")
    malignant = np.array(target.malignant)[first.label]
    scores = [_malignancy(given, decision, target) for given, decision in answers]
    calls = [score >= THRESHOLD for score in scores]
    table = np.sum([_by_kind(malignant, called) for called in calls], axis=0)
    again = [Counts(*draw) for draw in drawn(table, first.lesion_id, seed).tolist()]
    return Graded(
        images=len(malignant),
        malignant=int(malignant.sum()),
        figures={name: figure(Counts(*table.sum(axis=0).tolist())) for name, figure in FIGURES.items()},
        intervals={name: _interval([figure(draw) for draw in again]) for name, figure in FIGURES.items()},
        malignancy_auc=float(np.mean([roc_auc_score(malignant, score) for score in scores])),
        balanced_accuracies=tuple(count(malignant, called).balanced_accuracy for called in calls),
    )


def count(malignant: npt.NDArray[np.bool_], called: npt.NDArray[np.bool_]) -> Counts:
    """From truth and call of each image, bool (N,)."""
    return Counts(*_by_kind(malignant, called).sum(axis=0).tolist())


def wilson(hits: int, total: int) -> Interval:
    """95 % interval of a share of independent images (Wilson 1927)."""
    share, spread = hits / total, Z95**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 / (1 + spread) * (share * (1 - share) / total + spread / (4 * total)) ** 0.5
    return middle - half, middle + half


def _malignancy(given: Predictions, decision: DecisionSpec, target: Target) -> npt.NDArray[np.float64]:
    """float64 (N,): as training supposed the categories, equally frequent by a balanced loss."""
    probabilities = even(classes_of(given, target)[0], decision)
    summed: npt.NDArray[np.float64] = probabilities[:, np.array(target.malignant_classes)].sum(axis=1)
    return summed


def _interval(values: Sequence[float]) -> Interval:
    """Of the draws that have anything to share."""
    known = np.array([value for value in values if np.isfinite(value)])
    return quantiles(known) if len(known) else (float("nan"), float("nan"))


def _by_kind(malignant: npt.NDArray[np.bool_], called: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """int64 (N, 4): a one in the column of `Counts` that each image belongs to."""
    kinds = (malignant & called, malignant & ~called, ~malignant & ~called, ~malignant & called)
    return np.stack(kinds, axis=1).astype(np.int64)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
