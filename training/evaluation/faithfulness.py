"""Do the maps show what the answer rests on? Deletion and insertion curves (Petsiuk, Das and Saenko, 2018: RISE).

Deletion blurs an image away, the pixels that a map calls most important first; insertion starts from the blurred image
and brings them back in that order. At every step the model is asked for the probability of the category that it
answered to the whole image. A map that shows what the answer rests on makes it fall early when deleted and rise early
when inserted: a small area under the first curve, a large one under the second.

Two maps know nothing of the model: `random` and `center`. A map that is no better than those explains nothing, and
`center` is hard to beat where lesions lie in the middle.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import permutation_test

from lesion.decision import Floats
from training.bootstrap import drawn, quantiles
from training.evaluation.answers import Answers, Integers
from training.evaluation.erasure import BLUR, Erasure
from training.evaluation.explanation import Floats32
from training.evaluation.subject import Images, Logits, Subject
from training.predictions import one_a_lesion

IMAGES = 64
STEPS = 20
RESAMPLES = 9999

Maps = Mapping[str, Floats32]
"""By name, float32 (n, h, w) of n images: large where the answer is said to rest."""
Interval = tuple[float, float]


class Curve(BaseModel):
    """One kind of map: mean probability of the answered category along the way, and the area below."""

    model_config = ConfigDict(frozen=True)

    map: str
    deletion: tuple[float, ...] = Field(description="Mean over images after each share of pixels was blurred, 0 to 1.")
    insertion: tuple[float, ...] = Field(description="Mean over images after each share was brought back, 0 to 1.")
    deletion_area: float = Field(description="Area under `deletion`, 0 to 1. Smaller is better.")
    deletion_interval: Interval = Field(description="95 %, images drawn again.")
    insertion_area: float = Field(description="Area under `insertion`, 0 to 1. Larger is better.")
    insertion_interval: Interval = Field(description="95 %, images drawn again.")


class Difference(BaseModel):
    """The area of one map less that of another, on the same images. p is two-sided, not corrected for several tests."""

    model_config = ConfigDict(frozen=True)

    map: str
    other: str
    deletion: float = Field(description="Below 0: `map` is the better.")
    deletion_interval: Interval = Field(description="95 %, images drawn again.")
    deletion_p: float = Field(description="By random changes of sign, image by image.")
    insertion: float = Field(description="Above 0: `map` is the better.")
    insertion_interval: Interval = Field(description="95 %, images drawn again.")
    insertion_p: float = Field(description="By random changes of sign, image by image.")


class Faithfulness(BaseModel):
    """Deletion and insertion on a sample of images, evenly over the categories, one image a lesion."""

    model_config = ConfigDict(frozen=True)

    images: int
    seed: int
    blur_sigma_pixels: float = Field(description="Standard deviation of the Gaussian blur that stands for `deleted`.")
    blurred: float = Field(description="Mean probability of the answered category for wholly blurred images.")
    shares: tuple[float, ...] = Field(description="Of pixels deleted or inserted, 0 to 1, at each step.")
    curves: tuple[Curve, ...]
    differences: tuple[Difference, ...] = Field(description="Of the first map against each other one.")


def chosen(answers: Answers, images: int = IMAGES, seed: int = 0) -> Integers:
    """Positions (n,), ascending, of a sample with one image a lesion, as evenly over the labels as there are images."""
    order = np.random.default_rng(seed).permutation(one_a_lesion(answers.predictions))
    label = answers.label[order]
    turn = np.empty(len(order), np.int64)
    for each in np.unique(label):
        turn[label == each] = np.arange((label == each).sum())
    return np.sort(order[np.argsort(turn, kind="stable")[:images]])


def faithfulness(subject: Subject, answers: Answers, maps: Maps, *, steps: int = STEPS, seed: int = 0) -> Faithfulness:
    """Measure maps on the n images of `subject` and `answers`, one image a lesion.

    `maps` are for the category answered; the first is compared with each other. Adds those that know nothing.
    Asks 2 × (maps + 2) × (steps - 1) + 2 times n images.
    """
    erasure = Erasure.of(subject.images, steps, seed)
    probe = _Probe(subject, answers, erasure)
    grid = next(iter(maps.values())).shape
    compared = {**maps, "random": _random(grid, seed), "center": _center(grid)}
    walks = {name: probe.walk(each) for name, each in compared.items()}
    first, *others = walks
    return Faithfulness(
        images=len(subject.images),
        seed=seed,
        blur_sigma_pixels=BLUR * subject.images.shape[1],
        blurred=float(probe.blurred.mean()),
        shares=erasure.shares,
        curves=tuple(_curve(name, walk, seed) for name, walk in walks.items()),
        differences=tuple(_difference((first, walks[first]), (other, walks[other]), seed) for other in others),
    )


@dataclass(frozen=True)
class _Walk:
    """Probabilities float64 (n, steps + 1) of the answered categories along both ways."""

    deletion: Floats
    insertion: Floats


@dataclass(frozen=True)
class _Probe:
    """Asks for the probability of what was answered to the whole images."""

    subject: Subject
    answers: Answers
    erasure: Erasure

    @cached_property
    def whole(self) -> Floats:
        """(n,), of the images as they are."""
        return self._ask([self.erasure.images])[:, 0]

    @cached_property
    def blurred(self) -> Floats:
        """(n,), of the wholly blurred images."""
        return self._ask([self.erasure.blurred])[:, 0]

    def walk(self, maps: Floats32) -> _Walk:
        """Both ways, in the order of the maps. Their ends are the same for all maps, and asked once."""
        order, between = self.erasure.order(maps), range(1, self.erasure.steps)
        deletion = self._ask(self.erasure.deleted(order, step) for step in between)
        insertion = self._ask(self.erasure.inserted(order, step) for step in between)
        start, end = self.whole[:, None], self.blurred[:, None]
        return _Walk(np.hstack([start, deletion, end]), np.hstack([end, insertion, start]))

    def _ask(self, stages: Iterable[Images]) -> Floats:
        """float64 (n, stages), one stage after the other: all their images at once would be gigabytes."""
        logits = (self.subject.ask(stage, self.subject.metadata) for stage in stages)
        return np.stack([self._probability(each) for each in logits], axis=1)

    def _probability(self, logits: Logits) -> Floats:
        predictions = replace(self.answers.predictions, logits=logits)
        asked = Answers.of(predictions, self.answers.spec, self.subject.target)
        answered = self.answers.decision.probabilities.argmax(axis=1)
        probability: Floats = asked.decision.probabilities[np.arange(len(answered)), answered]
        return probability


def _curve(name: str, walk: _Walk, seed: int) -> Curve:
    deletion, insertion = _areas(walk.deletion), _areas(walk.insertion)
    return Curve(
        map=name,
        deletion=tuple(walk.deletion.mean(axis=0).tolist()),
        insertion=tuple(walk.insertion.mean(axis=0).tolist()),
        deletion_area=float(deletion.mean()),
        deletion_interval=_interval(deletion, seed),
        insertion_area=float(insertion.mean()),
        insertion_interval=_interval(insertion, seed),
    )


def _difference(one: tuple[str, _Walk], other: tuple[str, _Walk], seed: int) -> Difference:
    deletion = _areas(one[1].deletion) - _areas(other[1].deletion)
    insertion = _areas(one[1].insertion) - _areas(other[1].insertion)
    return Difference(
        map=one[0],
        other=other[0],
        deletion=float(deletion.mean()),
        deletion_interval=_interval(deletion, seed),
        deletion_p=_p(deletion, seed),
        insertion=float(insertion.mean()),
        insertion_interval=_interval(insertion, seed),
        insertion_p=_p(insertion, seed),
    )


def _areas(probabilities: Floats) -> Floats:
    """(n, steps + 1) at equal shares to (n,), by trapezoids over 0 to 1."""
    areas: Floats = np.trapezoid(probabilities, dx=1 / (probabilities.shape[1] - 1), axis=1)
    return areas


def _interval(values: Floats, seed: int) -> Interval:
    """Of the mean over images, each a lesion of its own."""
    times = drawn(np.eye(len(values), dtype=np.int64), np.arange(len(values)), seed)
    return quantiles(times @ values / len(values))


def _p(differences: Floats, seed: int) -> float:
    """Two-sided: how often random signs make the mean as far from 0."""
    found = permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=RESAMPLES, rng=np.random.default_rng(seed)
    )
    return float(found.pvalue)


def _random(shape: tuple[int, ...], seed: int) -> Floats32:
    """(n, h, w): chance on the same grid as the maps, and so as smooth as they are once upscaled."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _center(shape: tuple[int, ...]) -> Floats32:
    """(n, h, w): a Gaussian around the middle, the same for every image."""
    count, height, width = shape
    y, x = (np.linspace(-1, 1, side)[:, None] ** 2 for side in (height, width))
    return np.tile(np.exp(-2 * (y + x.T)).astype(np.float32), (count, 1, 1))
