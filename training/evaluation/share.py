"""A share of independent things that were counted, with what the count leaves open."""

from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import beta

from training.bootstrap import drawn
from training.comparison import Interval, wilson
from training.evaluation.estimate import Estimate, ratio

TAIL = 0.025

Ids = npt.NDArray[np.str_]


class Share(BaseModel):
    """`hits` of `total`. Intervals are 95 % and suppose independent draws: count one image a lesion."""

    model_config = ConfigDict(frozen=True)

    hits: int = Field(ge=0)
    total: int = Field(ge=0)
    value: float | None = Field(description="hits / total. None where there is nothing to share.")
    wilson: Interval | None = Field(description="Wilson (1927): about right on average.")
    exact: Interval | None = Field(description="Clopper and Pearson (1934): never too narrow.")

    @classmethod
    def of(cls, hits: int, total: int) -> Self:
        """Raises `ValueError` when there are more hits than things."""
        if not 0 <= hits <= total:
            raise ValueError(f"Hits are some of the total. Expected 0 to {total}. Received {hits}.")
        if not total:
            return cls(hits=0, total=0, value=None, wilson=None, exact=None)
        low, high = wilson(hits, total)
        about = (max(low, 0.0), min(high, 1.0))  # but for rounding, they would be
        return cls(hits=hits, total=total, value=hits / total, wilson=about, exact=clopper_pearson(hits, total))

    @classmethod
    def where(cls, hit: npt.NDArray[np.bool_]) -> Self:
        """The share of a mask (N,) that holds."""
        return cls.of(int(hit.sum()), len(hit))


def clopper_pearson(hits: int, total: int) -> Interval:
    """95 % interval of a share of independent things, two-sided and exact."""
    low = beta.ppf(TAIL, hits, total - hits + 1) if hits else 0.0
    high = beta.ppf(1 - TAIL, hits + 1, total - hits) if hits < total else 1.0
    return float(low), float(high)


class DependentShare(BaseModel):
    """`hits` of `total` images, several of which may show one lesion."""

    model_config = ConfigDict(frozen=True)

    hits: int = Field(ge=0)
    total: int = Field(ge=0)
    value: float | None = Field(description="hits / total. None where there is nothing to share.")
    interval: Interval | None = Field(
        description="95 %, lesions drawn again with all their images. None where all or none are hits: no draw would "
        "differ, which bounds nothing."
    )

    @classmethod
    def where(cls, hit: npt.NDArray[np.bool_], counted: npt.NDArray[np.bool_], lesions: Ids, *, seed: int) -> Self:
        """Of the images where `counted` (N,) holds, the share where `hit` (N,) does. `lesions` (N,) are ids."""
        hits, total = int((hit & counted).sum()), int(counted.sum())
        if not total:
            return cls(hits=0, total=0, value=None, interval=None)
        table = np.stack([hit & counted, counted], axis=1).astype(np.int64)
        again = drawn(table, lesions, seed).astype(np.float64)
        found = Estimate.of(hits / total, ratio(again[:, 0], again[:, 1]))
        return cls(hits=hits, total=total, value=found.value, interval=found.interval)
