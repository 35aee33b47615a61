"""How much of an evidence map is the same in every image: a habit of the network, not a finding in the picture.

Convolutions that pad their maps tell the middle from the rim, and most lesions lie in the middle. What a network always
sees there says nothing of this lesion, though it looks as if it did.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.evaluation.answers import Answers, Integers
from training.evaluation.explanation import Explanation


class Position(BaseModel):
    """The maps of the answered categories, each less its own mean, beside the average map of all answered so."""

    model_config = ConfigDict(frozen=True)

    images: int
    share: float | None = Field(
        description="Of the variation of maps over positions, what their average maps explain, 0 to 1. None: no map "
        "varies."
    )
    correlation: float | None = Field(description="Median correlation of a map with its average map, -1 to 1.")


def position(answers: Answers, explanation: Explanation) -> Position:
    """Measure it on N images, a map and its average on the same ones."""
    answered = answers.decision.probabilities.argmax(axis=1)
    maps = explanation.maps(answered).astype(np.float64).reshape(len(answered), -1)
    maps -= maps.mean(axis=1, keepdims=True)
    averages = _averages(maps, answered)
    varied, explained = (maps**2).sum(axis=1), (averages**2).sum(axis=1)
    varies = varied * explained > 0
    alike = (maps * averages).sum(axis=1)[varies] / np.sqrt(varied * explained)[varies]
    unexplained = ((maps - averages) ** 2).sum()
    return Position(
        images=len(answered),
        share=None if not varied.sum() else float(1 - unexplained / varied.sum()),
        correlation=float(np.median(alike)) if len(alike) else None,
    )


def _averages(maps: Floats, answered: Integers) -> Floats:
    """Of each map (N, h w), the average of those of the same category."""
    averages = np.empty_like(maps)
    for category in np.unique(answered):
        averages[answered == category] = maps[answered == category].mean(axis=0)
    return averages
