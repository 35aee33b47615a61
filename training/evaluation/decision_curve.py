"""Whether acting on the model does more good than biopsying everyone, or no one (Vickers and Elkin 2006)."""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.bootstrap import drawn, quantiles
from training.comparison import Interval
from training.evaluation.answers import Answers, Booleans, Integers

THRESHOLDS = np.arange(1, 51) / 100


class DecisionCurve(BaseModel):
    """Net benefit at each threshold probability, at this part's prevalence, on all images.

    A threshold probability p says how a harm weighs: who would biopsy 1/p lesions to find one malignant one acts at p.
    Net benefit = TP/N − FP/N · p/(1−p), in true positives an image: 0 for biopsying no one.
    """

    model_config = ConfigDict(frozen=True)

    images: int
    prevalence: float = Field(description="Share of the images that are malignant: the most that can be gained.")
    threshold: tuple[float, ...] = Field(description="Threshold probabilities, ascending.")
    model: tuple[float, ...] = Field(description="Biopsy where malignancy is at or above the threshold.")
    model_interval: tuple[Interval, ...] = Field(description="95 % at each threshold, lesions drawn again.")
    everyone: tuple[float, ...] = Field(description="Biopsy all.")
    gain: tuple[float, ...] = Field(description="The model's, less the better of all and none.")
    gain_interval: tuple[Interval, ...] = Field(description="95 % at each threshold, lesions drawn again.")
    useful: Interval | None = Field(
        description="First and last threshold of the longest stretch where the whole interval of the gain is above 0."
    )


def decision_curve(answers: Answers, *, seed: int = 0) -> DecisionCurve:
    """Over threshold probabilities 0.01 to 0.5."""
    columns = _columns(answers)
    model, everyone, gain = (each[0] for each in _benefits(columns.sum(axis=0)[None]))
    again = _benefits(drawn(columns, answers.predictions.lesion_id, seed))
    gain_interval = _bands(again[2])
    return DecisionCurve(
        images=len(answers.label),
        prevalence=float(answers.malignant.mean()),
        threshold=tuple(THRESHOLDS.tolist()),
        model=tuple(model.tolist()),
        model_interval=_bands(again[0]),
        everyone=tuple(everyone.tolist()),
        gain=tuple(gain.tolist()),
        gain_interval=gain_interval,
        useful=_longest(np.array([low > 0 for low, _ in gain_interval])),
    )


def _columns(answers: Answers) -> Integers:
    """int64 (N, 2 T + 2): true and false positives at each threshold, malignant or not, and one."""
    called = answers.decision.malignancy[:, None] >= THRESHOLDS
    malignant = answers.malignant[:, None]
    return np.concatenate([called & malignant, called & ~malignant, malignant, np.ones_like(malignant)], axis=1).astype(
        np.int64
    )


def _benefits(sums: Integers) -> tuple[Floats, Floats, Floats]:
    """Net benefit (draws, T) of the model, of biopsying all, and the gain, from sums (draws, 2 T + 2)."""
    kinds, images = len(THRESHOLDS), sums[:, -1:]
    harm = THRESHOLDS / (1 - THRESHOLDS)
    model = (sums[:, :kinds] - sums[:, kinds : 2 * kinds] * harm) / images
    ill = sums[:, -2:-1] / images
    everyone = ill - (1 - ill) * harm
    return model, everyone, model - np.maximum(everyone, 0)


def _bands(draws: Floats) -> tuple[Interval, ...]:
    return tuple(quantiles(column) for column in draws.T)


def _longest(above: Booleans) -> Interval | None:
    """Ends of the longest run of thresholds that holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]).astype(np.int8)))
    if not len(edges):
        return None
    starts, ends = edges[::2], edges[1::2] - 1
    best = int((ends - starts).argmax())
    return float(THRESHOLDS[starts[best]]), float(THRESHOLDS[ends[best]])
