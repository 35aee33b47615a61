"""A threshold that falls over scores: what it has called by then, for any number of draws of the images at once.

Everything about ranking is read from the counts it passes. Equal scores are passed together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lesion.decision import Floats
from training.evaluation.answers import Booleans, Integers
from training.evaluation.estimate import ratio

SLACK = 1e-9
"""Images. Counts compare with shares of counts, which floating point may put a hair above a whole number."""


@dataclass(frozen=True)
class Sweep:
    """Images called by the thresholds: `true` positives and `false` ones, float64 (draws, T + 1), from 0 to all."""

    true: Floats
    false: Floats

    @cached_property
    def sensitivity(self) -> Floats:
        """float64 (draws, T + 1). NaN where a draw holds no positive."""
        return ratio(self.true, self.true[:, -1:])

    @cached_property
    def false_alarms(self) -> Floats:
        """1 - specificity, float64 (draws, T + 1). NaN where a draw holds no negative."""
        return ratio(self.false, self.false[:, -1:])

    @cached_property
    def precision(self) -> Floats:
        """float64 (draws, T + 1). NaN before the first image."""
        return ratio(self.true, self.true + self.false)

    def auc(self) -> Floats:
        """float64 (draws,): area under the receiver operating characteristic; ties count half."""
        heights = (self.true[:, 1:] + self.true[:, :-1]) / 2
        return ratio((np.diff(self.false) * heights).sum(axis=1), self.true[:, -1] * self.false[:, -1])

    def average_precision(self) -> Floats:
        """float64 (draws,): precision at each threshold, weighted by the sensitivity it adds."""
        gained = np.diff(self.true) * np.nan_to_num(self.precision[:, 1:])
        return ratio(gained.sum(axis=1), self.true[:, -1])

    def area_above(self, sensitivity: float) -> Floats:
        """float64 (draws,): the part of the area that lies above a sensitivity, 0 to 1 - sensitivity (ISIC 2024)."""
        reached, alarms = self.sensitivity, self.false_alarms
        kept = np.maximum(reached, sensitivity)
        risen = ratio(np.diff(kept), np.diff(reached))
        start = alarms[:, 1:] - np.diff(alarms) * np.nan_to_num(risen)
        areas: Floats = (np.diff(kept) * (1 - (start + alarms[:, 1:]) / 2)).sum(axis=1)
        return areas

    def sensitivity_at(self, specificities: Floats) -> Floats:
        """float64 (draws, L): the highest of a threshold that is at least so specific (L,)."""
        rows = zip(self.false, self.sensitivity, strict=True)
        highest = [
            sensitivity[np.searchsorted(false, (1 - specificities) * false[-1] + SLACK, "right") - 1]
            for false, sensitivity in rows
        ]
        return np.where(self.false[:, -1:] > 0, highest, np.nan)

    def specificity_at(self, sensitivities: Floats) -> Floats:
        """float64 (draws, L): the highest of a threshold that is at least so sensitive (L,)."""
        return 1 - self._first(self.false_alarms, sensitivities)

    def sensitivity_on(self, grid: Floats) -> Floats:
        """float64 (draws, G): at rates of false alarms (G,), along the straight lines that `auc` supposes."""
        rows = zip(self.false_alarms, self.sensitivity, strict=True)
        return np.stack([np.interp(grid, alarms, sensitivity) for alarms, sensitivity in rows])

    def precision_on(self, grid: Floats) -> Floats:
        """float64 (draws, G): of the first threshold of at least a sensitivity (G,) > 0, as `average_precision` has it.

        NaN where a draw holds no positive.
        """
        return self._first(self.precision, grid)

    def _first(self, values: Floats, sensitivities: Floats) -> Floats:
        """Those of `values` (draws, T + 1) at the first threshold of at least each sensitivity (L,): (draws, L)."""
        rows = zip(self.true, values, strict=True)
        found = [row[np.searchsorted(true, sensitivities * true[-1] - SLACK)] for true, row in rows]
        return np.where(self.true[:, -1:] > 0, found, np.nan)


@dataclass(frozen=True)
class Order:
    """Images by falling score: their positions int64 (N,), and where each step of the threshold `starts`, int64 (T,).

    `positive` bool (N,) is in that order. Steps over negatives alone are one: no figure changes between them.
    """

    images: Integers
    positive: Booleans
    starts: Integers

    @classmethod
    def of(cls, positive: Booleans, score: Floats) -> "Order":
        """From the truth and the score of each image (N,)."""
        images = np.argsort(-score, kind="stable")
        falling, positive = score[images], positive[images]
        starts = np.flatnonzero(np.append(True, falling[1:] != falling[:-1]))
        gains = np.add.reduceat(positive, starts, dtype=np.int64) > 0
        return cls(images, positive, starts[gains | np.append(True, gains[:-1])])

    def sweep(self, times: Integers) -> Sweep:
        """`times` int64 (draws, N): how often each draw holds an image."""
        held = times[:, self.images]
        true = self._passed(held * self.positive)
        return Sweep(true, self._passed(held) - true)

    def _passed(self, held: Integers) -> Floats:
        steps = np.add.reduceat(held, self.starts, axis=1)
        return np.cumsum(np.pad(steps, ((0, 0), (1, 0))), axis=1).astype(float)
