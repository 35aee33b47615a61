"""Thresholds of split conformal prediction, set on calibration: which categories cannot be ruled out."""

import math

import numpy as np

from lesion.decision import Floats, PredictionSets, SetThreshold
from training.evaluation.answers import Integers

COVERAGE = 0.90


def fit_prediction_sets(probabilities: Floats, label: Integers, coverage: float = COVERAGE) -> PredictionSets:
    """From probabilities (N, C) and labels (N,) of independent lesions.

    A class is in a set where its probability reaches the threshold (least ambiguous sets, Sadinle et al. 2019). The
    class-conditional thresholds promise coverage within each class (Vovk 2012).
    """
    own = probabilities[np.arange(len(label)), label]
    return PredictionSets(
        coverage=coverage,
        marginal=_threshold(own, coverage),
        class_conditional=tuple(_threshold(own[label == k], coverage) for k in range(probabilities.shape[1])),
    )


def lesions_needed(coverage: float) -> int:
    """The least number of lesions that can promise a coverage."""
    # Rounded, or 1 / (1 - 0.9) would ask for one more than nine.
    return math.ceil(round(1 / (1 - coverage), 9)) - 1


def rank(lesions: int, coverage: float) -> int:
    """k = ⌈(n + 1) · coverage⌉: how many of n lesions must hold their true class for another one to, this often."""
    # Rounded, or (9 + 1) · 0.9 might be a little above nine.
    return math.ceil(round((lesions + 1) * coverage, 9))


def _threshold(own: Floats, coverage: float) -> SetThreshold:
    """The k-th largest of the true class's probabilities, k by `rank`; None where k is above n."""
    k = rank(len(own), coverage)
    threshold = float(np.sort(own)[len(own) - k]) if k <= len(own) else None
    return SetThreshold(threshold=threshold, lesions=len(own))
