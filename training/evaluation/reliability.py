"""Confidence against how often it came true: bins, the expected calibration error, and what chance alone would show."""

from collections.abc import Callable
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.bootstrap import BOOTSTRAPS, quantiles, redrawn
from training.comparison import Interval
from training.evaluation.answers import Booleans, Integers
from training.evaluation.share import Ids, Share

BINS = 15
AT_ONCE = 4_000_000
"""Simulated outcomes held in memory together."""

Draw = Callable[[np.random.Generator, int], Booleans]
"""Outcomes bool (draws, N, K) of a perfectly calibrated model."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Bin(_Part):
    """Images whose confidence lies in one of the equal-width bins."""

    low: float = Field(description="Least confidence of the bin.")
    high: float = Field(description="Where the next bin begins; of the last one, 1.")
    confidence: float | None = Field(description="Mean confidence. None in an empty bin.")
    right: Share = Field(description="How often it came true; `total` images lie in the bin.")


class ExpectedError(_Part):
    """Expected calibration error (ECE): mean distance of confidence and share right over bins, weighed by images.

    It is above 0 even for a perfectly calibrated model, because shares are of finitely many images: compare it with
    `perfect`, which is valid on independent images only (one a lesion).
    """

    value: float
    interval: Interval = Field(description="About 95 %, lesions drawn again, less what chance adds to an ECE.")
    perfect: Interval = Field(
        description="Middle 95 % of what a perfectly calibrated model with the same confidences would show."
    )
    within: bool = Field(description="Whether `value` lies in `perfect`.")

    @classmethod
    def of(cls, cells: "Cells", hit: Booleans, draw: Draw, lesions: Ids, *, seed: int) -> Self:
        """Of outcomes (N, K): the mean over K confidences. `lesions` (N,) are drawn again with all their images."""
        value = float(cells.error(hit[None])[0])
        perfect = quantiles(cells.simulated(draw, seed))
        return cls(
            value=value,
            interval=_reflected(value, quantiles(cells.again(hit, lesions, seed)), perfect),
            perfect=perfect,
            within=perfect[0] <= value <= perfect[1],
        )


class Reliability(_Part):
    """One kind of confidence against how often it came true."""

    equal_width: ExpectedError = Field(description="15 bins of equal width.")
    equal_mass: ExpectedError = Field(description="15 bins of about equally many images.")
    table: tuple[Bin, ...] = Field(description="The equal-width bins.")

    @classmethod
    def of(cls, confidence: Floats, hit: Booleans, lesions: Ids, *, seed: int) -> Self:
        """Of confidences (N,), what came true (N,), and the lesion of each image (N,)."""
        bins = equal_width(confidence)
        return cls(
            equal_width=binary(confidence, hit, bins, lesions, seed=seed),
            equal_mass=binary(confidence, hit, equal_mass(confidence), lesions, seed=seed),
            table=_table(confidence, hit, bins),
        )


class Cells:
    """N images in the bins of K confidences: where calibration errors are summed."""

    def __init__(self, confidence: Floats, bins: Integers) -> None:
        """`confidence` float64 (N, K), `bins` int64 (N, K)."""
        self.confidence = confidence
        self._order = [np.argsort(column, kind="stable") for column in bins.T]
        self._first = [np.unique(np.sort(column), return_index=True)[1] for column in bins.T]

    def error(self, hit: Booleans) -> Floats:
        """ECE (draws,) of outcomes (draws, N, K): its mean over the K confidences."""
        return self._gaps(hit - self.confidence) / self.confidence.size

    def simulated(self, draw: Draw, seed: int) -> Floats:
        """ECE (draws,) of a perfectly calibrated model's outcomes."""
        rng = np.random.default_rng(seed)
        step = max(1, AT_ONCE // self.confidence.size)
        steps = [min(step, BOOTSTRAPS - start) for start in range(0, BOOTSTRAPS, step)]
        return np.concatenate([self.error(draw(rng, draws)) for draws in steps])

    def again(self, hit: Booleans, lesions: Ids, seed: int) -> Floats:
        """ECE (draws,) with lesions drawn again, bins as they are."""
        off = hit - self.confidence
        sums = [self._gaps(times[:, :, None] * off) / times.sum(axis=1) for times in redrawn(lesions, seed)]
        mean: Floats = np.concatenate(sums) / off.shape[1]
        return mean

    def _gaps(self, off: Floats) -> Floats:
        """Sums (draws,) over bins and confidences of what outcomes and confidences are apart, off (draws, N, K)."""
        # Not as a matrix product: busy processors make a threaded one wait, several times as long as this takes.
        parts = [
            np.abs(np.add.reduceat(off[:, order, k], first, axis=1)).sum(axis=1)
            for k, (order, first) in enumerate(zip(self._order, self._first, strict=True))
        ]
        total: Floats = np.sum(parts, axis=0)
        return total


def equal_width(confidence: Floats) -> Integers:
    """Bin of each confidence, any shape: bin k holds k/15 up to, not with, (k + 1)/15; the last holds 1, too."""
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def equal_mass(confidence: Floats) -> Integers:
    """Bin of each confidence (N,), between its own quantiles. Equal ones stay together."""
    edges = np.quantile(confidence, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(edges, confidence, side="right")


def binary(confidence: Floats, hit: Booleans, bins: Integers, lesions: Ids, *, seed: int) -> ExpectedError:
    """Of confidences (N,) in bins (N,), and what came true (N,)."""
    column = confidence[:, None]

    def draw(rng: np.random.Generator, draws: int) -> Booleans:
        return rng.random((draws, *column.shape)) < column

    return ExpectedError.of(Cells(column, bins[:, None]), hit[:, None], draw, lesions, seed=seed)


def class_wise(probabilities: Floats, label: Integers, lesions: Ids, *, seed: int) -> ExpectedError:
    """Mean over the classes of each one's ECE against all others, from probabilities (N, C) and labels (N,)."""
    upper = probabilities.cumsum(axis=1)
    upper[:, -1] = 1  # not a rounding error below
    lower = np.concatenate([np.zeros_like(upper[:, :1]), upper[:, :-1]], axis=1)

    def draw(rng: np.random.Generator, draws: int) -> Booleans:
        lot = rng.random((draws, len(label), 1))
        return (lower <= lot) & (lot < upper)

    hit = np.eye(probabilities.shape[1], dtype=bool)[label]
    return ExpectedError.of(Cells(probabilities, equal_width(probabilities)), hit, draw, lesions, seed=seed)


def _reflected(value: float, again: Interval, perfect: Interval) -> Interval:
    """The basic bootstrap interval, 0 included where a perfectly calibrated model may show as much.

    Drawing again adds to an ECE about what chance has added already. In simulations of 745 images the quantiles of the
    draws themselves held the truth 0 to 80 % of the time (log odds multiplied by 0.4 to 1), this interval 84 to 98 %
    (by 0.4 to 1.7).
    """
    low = 0.0 if value <= perfect[1] else max(0.0, 2 * value - again[1])
    return low, max(value, 2 * value - again[0])


def _table(confidence: Floats, hit: Booleans, bins: Integers) -> tuple[Bin, ...]:
    return tuple(
        Bin(
            low=k / BINS,
            high=(k + 1) / BINS,
            confidence=float(confidence[bins == k].mean()) if (bins == k).any() else None,
            right=Share.where(hit[bins == k]),
        )
        for k in range(BINS)
    )
