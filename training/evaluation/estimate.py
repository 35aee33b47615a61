"""A figure with its interval, from the figure of the images at hand and of many redrawn ones."""

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.bootstrap import quantiles
from training.comparison import Interval


class Estimate(BaseModel):
    """A figure of some images. Its interval is 95 %, lesions drawn again with all their images."""

    model_config = ConfigDict(frozen=True)

    value: float | None = Field(description="None where there is nothing to measure.")
    interval: Interval | None = Field(
        description="None where there is nothing to measure, or every draw is alike (every image of a class was told "
        "right, say): that bounds nothing, however few images they are."
    )

    @classmethod
    def of(cls, value: float, draws: Floats) -> Self:
        """From the figure and those of the draws (draws,). NaN: there was nothing to measure."""
        known = draws[np.isfinite(draws)]
        if not np.isfinite(value) or not len(known) or np.ptp(known) == 0:
            return cls(value=float(value) if np.isfinite(value) else None, interval=None)
        return cls(value=float(value), interval=quantiles(known))

    def above(self, level: float) -> bool:
        """Whether it is known to lie above a level: the whole interval does, or every draw, where they are alike."""
        low = self.value if self.interval is None else self.interval[0]
        return low is not None and low > level


def ratio(part: Floats, whole: Floats) -> Floats:
    """Of two arrays that broadcast. NaN where the whole is 0."""
    part, whole = np.broadcast_arrays(part, whole)
    shared: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
    return shared


def mean(values: Floats, weights: Floats) -> Floats:
    """Weighted mean over the last axis. What has no weight counts in none; NaN counts as 0 where it has one."""
    return ratio((np.nan_to_num(values) * weights).sum(axis=-1), weights.sum(axis=-1))
