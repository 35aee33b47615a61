"""Areas under two curves of the same images, and how far apart chance alone would put them (DeLong et al., 1988).

The placements of each positive among the negatives, and the reverse, are read from midranks (Sun and Xu, 2014): as
fast as sorting. It supposes independent images: give it one a lesion.
"""

from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import norm, rankdata

from lesion.decision import Floats
from training.comparison import Z95, Interval
from training.evaluation.answers import Booleans


class DeLong(BaseModel):
    """The first model's area less the second's."""

    model_config = ConfigDict(frozen=True)

    positives: int
    negatives: int
    first: float = Field(description="Area under the curve of the first model.")
    second: float = Field(description="Area under the curve of the second model.")
    difference: float = Field(description="First less second.")
    standard_error: float = Field(description="Of the difference.")
    interval: Interval = Field(description="Of the difference, 95 %, normal.")
    z: float | None = Field(description="Difference over standard error. None where that is 0.")
    p_value: float | None = Field(description="Two-sided. None where z is; 1 where the scores rank alike.")

    @classmethod
    def of(cls, positive: Booleans, first: Floats, second: Floats) -> Self:
        """Compare two scores (N,) by the truth (N,). Raises `ValueError` below two positives or two negatives."""
        areas, covariance = areas_and_covariance(positive, np.stack([first, second]))
        difference = float(areas[0] - areas[1])
        variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        error = max(variance, 0.0) ** 0.5
        z = difference / error if error > 0 else None
        return cls(
            positives=int(positive.sum()),
            negatives=int((~positive).sum()),
            first=float(areas[0]),
            second=float(areas[1]),
            difference=difference,
            standard_error=error,
            interval=(difference - Z95 * error, difference + Z95 * error),
            z=z,
            p_value=(1.0 if difference == 0 else None) if z is None else float(2 * norm.sf(abs(z))),
        )


def areas_and_covariance(positive: Booleans, scores: Floats) -> tuple[Floats, Floats]:
    """Areas float64 (M,) of M models' scores (M, N), and the covariance (M, M) of their estimates.

    Raises `ValueError` below two positives or two negatives.
    """
    of_positives, of_negatives = placements(positive, scores)
    counts = of_positives.shape[1], of_negatives.shape[1]
    if min(counts) < 2:
        raise ValueError(f"A variance needs two of either kind. Received {counts[0]} positives, {counts[1]} negatives.")
    covariance = np.cov(of_positives) / counts[0] + np.cov(of_negatives) / counts[1]
    return of_positives.mean(axis=1), covariance


def placements(positive: Booleans, scores: Floats) -> tuple[Floats, Floats]:
    """Shares float64 (M, P) of the negatives below each positive, and (M, Q) of the positives above each negative.

    Of scores (M, N); equal ones count half.
    """
    every, positives, negatives = (
        _midranks(scores[:, chosen]) for chosen in (np.ones_like(positive), positive, ~positive)
    )
    among = every[:, positive] - positives, every[:, ~positive] - negatives
    return among[0] / negatives.shape[1], 1 - among[1] / positives.shape[1]


def _midranks(scores: Floats) -> npt.NDArray[np.float64]:
    """Ranks from 1 along each row of (M, N); equal scores share the mean of theirs."""
    ranks: Floats = rankdata(scores, axis=1)
    return ranks
