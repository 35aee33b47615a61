"""What another threshold of malignancy would do."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.evaluation.answers import Answers, Integers

THRESHOLDS = 201


class Explorer(BaseModel):
    """What would happen at each threshold, ascending; suspicious means at or above it."""

    model_config = ConfigDict(frozen=True)

    threshold: tuple[float, ...]
    true_positive: tuple[int, ...]
    false_positive: tuple[int, ...]
    true_negative: tuple[int, ...]
    false_negative: tuple[int, ...]
    missed: dict[str, tuple[int, ...]] = Field(description="Of `false_negative`, those of each malignant category.")

    @classmethod
    def of(cls, answers: Answers, points: Sequence[float]) -> Self:
        """At `points`, and at quantiles of the malignancy answered, 201 thresholds at most."""
        malignancy, malignant = answers.decision.malignancy, answers.malignant
        chosen = _thresholds(malignancy, points)
        missed, cleared = _below(malignancy[malignant], chosen), _below(malignancy[~malignant], chosen)
        label, names = answers.predictions.label, answers.predictions.categories.tolist()
        ill = np.unique(label[malignant]).tolist()
        return cls(
            threshold=tuple(chosen.tolist()),
            true_positive=tuple((malignant.sum() - missed).tolist()),
            false_positive=tuple(((~malignant).sum() - cleared).tolist()),
            true_negative=tuple(cleared.tolist()),
            false_negative=tuple(missed.tolist()),
            missed={names[k]: tuple(_below(malignancy[label == k], chosen).tolist()) for k in ill},
        )


def _thresholds(malignancy: Floats, points: Sequence[float]) -> Floats:
    levels = np.linspace(0, 1, THRESHOLDS - len(points))
    # Scores that were answered, not values between them: a point of the report is one of the data.
    quantiles = np.quantile(malignancy, levels, method="inverted_cdf")
    return np.unique(np.concatenate([quantiles, points]))


def _below(scores: Floats, thresholds: Floats) -> Integers:
    return np.searchsorted(np.sort(scores), thresholds, side="left")
