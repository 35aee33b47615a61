"""A curve thinned for drawing, with the band that its draws leave open."""

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.bootstrap import CONFIDENCE
from training.evaluation.answers import Integers
from training.evaluation.sweep import Sweep

POINTS = 200
"""More are not seen."""
DIGITS = 5
ALARMS = np.linspace(0, 1, 101)
"""Where the band of a receiver operating characteristic is told."""
RECALLS = np.linspace(0.01, 1, 100)
"""Where the band of precision is told: it has none where nothing was recalled."""


class Curve(BaseModel):
    """Points in order, at most 200, to five digits, and a band of 95 % at each place of a grid by itself."""

    model_config = ConfigDict(frozen=True)

    x: tuple[float, ...]
    y: tuple[float, ...]
    grid: tuple[float, ...] = Field(description="Places on the x axis.")
    low: tuple[float, ...] = Field(description="Of y on the grid.")
    high: tuple[float, ...] = Field(description="Of y on the grid.")

    @classmethod
    def roc(cls, sweep: Sweep, draws: Floats) -> Self:
        """From (0, 0) to (1, 1), joined by straight lines. `draws` (draws, 101) are sensitivities on `ALARMS`."""
        x, y = sweep.false_alarms[0], sweep.sensitivity[0]
        turn = np.diff(x)[:-1] * np.diff(y)[1:] != np.diff(x)[1:] * np.diff(y)[:-1]
        corners = np.concatenate([[0], 1 + np.flatnonzero(turn), [len(x) - 1]])
        return cls._drawn(x[corners], y[corners], ALARMS, draws)

    @classmethod
    def precision_recall(cls, sweep: Sweep, draws: Floats) -> Self:
        """One point for each recall that a threshold reaches. Precision stands from the recall before to this one.

        `draws` (draws, 100) are precisions on `RECALLS`.
        """
        rises = 1 + np.flatnonzero(np.diff(sweep.true[0]) > 0)
        return cls._drawn(sweep.sensitivity[0, rises], sweep.precision[0, rises], RECALLS, draws)

    @classmethod
    def _drawn(cls, x: Floats, y: Floats, grid: Floats, draws: Floats) -> Self:
        kept = _thinned(x, y)
        tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
        band = np.quantile(draws[np.isfinite(draws).all(axis=1)], tails, axis=0)
        arrays = {"x": x[kept], "y": y[kept], "grid": grid, "low": band[0], "high": band[1]}
        return cls(**{name: tuple(np.round(values, DIGITS).tolist()) for name, values in arrays.items()})


def _thinned(x: Floats, y: Floats) -> Integers:
    """Positions of at most 200 points about evenly spaced along the curve, its ends among them."""
    if len(x) <= POINTS:
        return np.arange(len(x))
    way = np.concatenate([[0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    return np.unique(np.searchsorted(way, np.linspace(0, way[-1], POINTS)).clip(max=len(x) - 1))
