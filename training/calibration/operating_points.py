"""Thresholds of malignancy that promise a sensitivity, set on calibration."""

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from lesion.decision import Floats, OperatingPoint

SENSITIVITIES = (0.90, 0.95, 0.98)
CONFIDENCE = 0.95


def fit_operating_points(malignancy: Floats, malignant: npt.NDArray[np.bool_]) -> tuple[OperatingPoint, ...]:
    """One for each of `SENSITIVITIES`, from malignancy (N,) and truth (N,) of independent lesions."""
    scores = np.sort(malignancy[malignant])
    return tuple(_point(scores, sensitivity) for sensitivity in SENSITIVITIES)


def lower_bound(hits: int, total: int) -> float:
    """95 % lower confidence bound of a share (Clopper and Pearson, 1934), one-sided."""
    return float(beta.ppf(1 - CONFIDENCE, hits, total - hits + 1)) if hits else 0.0


def lesions_needed(sensitivity: float) -> int:
    """The least number of malignant lesions that can promise a sensitivity: none of them is missed."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(sensitivity))


def _point(scores: Floats, sensitivity: float) -> OperatingPoint:
    """The largest threshold that misses no more than the bound allows. `scores`: of the malignant, ascending."""
    total = len(scores)
    for missed in range(total - 1, -1, -1):
        # Scores that are equal are caught or missed together.
        caught = total - int(np.searchsorted(scores, scores[missed]))
        bound = lower_bound(caught, total)
        if bound >= sensitivity:
            return OperatingPoint(
                sensitivity=sensitivity, threshold=float(scores[missed]), lower_bound=bound, lesions=total
            )
    return OperatingPoint(sensitivity=sensitivity, threshold=None, lower_bound=None, lesions=total)
