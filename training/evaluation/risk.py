"""Risk and coverage: how wrong the answers are, the fewer are given."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.evaluation.answers import Booleans, Integers
from training.evaluation.estimate import ratio

POINTS = 100


@dataclass(frozen=True)
class Order:
    """N images in the order in which they are answered, and what has come by then.

    With all in one class the error is that of all images; with the true classes it is 1 − balanced accuracy.

    `confidence` float64 (N,), descending; `seen` and `hits` float64 (N, C): images of each class answered so far, and
    those of them that are right. Among images of equal confidence it is as if they were mixed evenly.
    """

    confidence: Floats
    seen: Floats
    hits: Floats

    @classmethod
    def of(cls, confidence: Floats, right: Booleans, label: Integers, classes: int) -> Self:
        """The most confident first. All arrays (N,)."""
        levels, level, images = np.unique(-confidence, return_inverse=True, return_counts=True)
        seen = np.zeros((len(levels), classes))
        hits = np.zeros_like(seen)
        np.add.at(seen, (level, label), 1)
        np.add.at(hits, (level, label), right)
        each = np.repeat(np.arange(len(levels)), images)
        share = 1 / images[each, None]
        return cls(-levels[each], (seen[each] * share).cumsum(axis=0), (hits[each] * share).cumsum(axis=0))

    def best(self) -> "Order":
        """All that is right first, evenly mixed, and then the rest, likewise."""
        seen, hits = self.seen[-1], self.hits[-1]
        right = round(hits.sum())
        answered = np.arange(1, len(self.seen) + 1)[:, None]
        first = np.minimum(answered, right) / max(right, 1)
        then = np.maximum(answered - right, 0) / max(len(self.seen) - right, 1)
        return Order(self.confidence, hits * first + (seen - hits) * then, hits * first)

    @property
    def error(self) -> Floats:
        """float64 (N,): 1 − the mean recall over the classes answered so far."""
        recall = ratio(self.hits, self.seen)
        present = self.seen > 0
        mean: Floats = np.where(present, recall, 0).sum(axis=1) / present.sum(axis=1)
        return 1 - mean

    @property
    def classes(self) -> Integers:
        """int64 (N,): classes answered so far."""
        return np.asarray((self.seen > 0).sum(axis=1), np.int64)


class RiskCoverage(BaseModel):
    """Error against the share of images answered, the most confident first (El-Yaniv and Wiener 2010)."""

    model_config = ConfigDict(frozen=True)

    answered: tuple[float, ...] = Field(description="Share of the images that are answered, ascending to 1.")
    confidence: tuple[float, ...] = Field(description="Least confidence that is still answered.")
    error: tuple[float, ...] = Field(description="Share of the answered that are wrong.")
    area: float = Field(description="Mean error over all shares answered (AURC). Less is better.")
    excess: float = Field(description="AURC less that of an order which answers all that is right first.")

    @classmethod
    def of(cls, order: Order) -> Self:
        """At no more than 100 shares."""
        images, error = len(order.confidence), order.error
        # In whole numbers: 0.07 · 100 is above 7.
        places = np.unique(-(-np.arange(1, POINTS + 1) * images // POINTS)) - 1
        return cls(
            answered=tuple(((places + 1) / images).tolist()),
            confidence=tuple(order.confidence[places].tolist()),
            error=tuple(error[places].tolist()),
            area=float(error.mean()),
            excess=float(error.mean() - order.best().error.mean()),
        )
