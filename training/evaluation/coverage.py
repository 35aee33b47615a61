"""Whether prediction sets hold the truth as often as they promise."""

from collections.abc import Sequence
from functools import reduce
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import betabinom

from lesion.decision import SET_KIND, Floats, PredictionSets, SetKind, SetThreshold
from training.calibration.prediction_sets import rank
from training.comparison import Interval
from training.evaluation.answers import Answers, Booleans, Integers
from training.evaluation.share import TAIL, DependentShare, Share


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Held(_Part):
    """How often the true class was in the set, one image a lesion, and how often it should have been."""

    share: Share
    expected: Interval | None = Field(
        description="Middle 95 % of the shares that split conformal prediction gives for lesions like those of "
        "calibration: BetaBinomial(m, k, n + 1 − k), n lesions of calibration, m here, k = ⌈(n + 1) · coverage⌉. None: "
        "nothing was promised, or there is nothing to count."
    )
    within: bool | None = Field(description="Whether the share lies there. Of 20 such checks, one fails by chance.")

    @classmethod
    def of(cls, held: Booleans, law: Floats | None) -> Self:
        """Of lesions (m,); `law` (m + 1,) is the chance of each number that hold, None where nothing was promised."""
        share = Share.where(held)
        if law is None or not share.total:
            return cls(share=share, expected=None, within=None)
        low, high = middle(law)
        expected = (low / share.total, high / share.total)
        return cls(share=share, expected=expected, within=low <= share.hits <= high)


class ClassHeld(_Part):
    """The same within one class."""

    name: str
    promised: bool = Field(description="Whether this class has coverage of its own promised.")
    lesions: int = Field(description="Lesions of calibration that its own threshold could be set on.")
    held: Held


class Coverage(_Part):
    """Prediction sets of one kind, on one image a lesion of this part."""

    kind: SetKind
    promised: float = Field(description="The coverage that was asked for.")
    decides: bool = Field(description="Whether these are the sets that the decision answers with.")
    overall: Held = Field(description="Over all classes; class-conditional sets promise only the next.")
    of_promised: Held = Field(
        description="Over the classes that have a promise; where each has its own, the law is of their sum."
    )
    classes: tuple[ClassHeld, ...] = Field(description="In class order.")
    all_images: DependentShare = Field(description="On all images.")
    mean_size: float = Field(description="Classes in a set.")
    sizes: tuple[int, ...] = Field(description="How many sets hold 0, 1, …, C classes.")
    singletons: Share = Field(description="Sets of one class.")
    right_singletons: Share = Field(description="Of them, those that hold the truth.")
    empty: Share = Field(description="Sets of no class.")


def coverage(answers: Answers, kind: SetKind, *, seed: int = 0) -> Coverage | None:
    """Of the sets of one kind, whichever the decision answers with. None where the decision has no sets."""
    promise, alone = answers.spec.prediction_sets, answers.independent()
    if promise is None:
        return None
    sets, held = _sets(alone, promise, kind)
    sizes = sets.sum(axis=1)
    every = np.ones(len(answers.label), bool)
    return Coverage(
        kind=kind,
        promised=promise.coverage,
        decides=kind == SET_KIND,
        **_joint(held, _groups(promise, kind, alone.label), promise.coverage),
        classes=_classes(alone, held, promise, kind),
        all_images=DependentShare.where(
            _sets(answers, promise, kind)[1], every, answers.predictions.lesion_id, seed=seed
        ),
        mean_size=float(sizes.mean()),
        sizes=tuple(np.bincount(sizes, minlength=len(answers.classes) + 1).tolist()),
        singletons=Share.where(sizes == 1),
        right_singletons=Share.where(held[sizes == 1]),
        empty=Share.where(sizes == 0),
    )


def law(k: int, lesions: int, images: int) -> Floats:
    """Chance (images + 1,) of each number of independent images within a threshold that k of n lesions just reach.

    BetaBinomial(m, k, n + 1 − k): what lies within the threshold is Beta(k, n + 1 − k) over draws of those lesions
    (Vovk 2012), and the images are drawn from it.
    """
    chance: Floats = betabinom.pmf(np.arange(images + 1), images, k, lesions + 1 - k)
    return chance


def _sets(answers: Answers, promise: PredictionSets, kind: SetKind) -> tuple[Booleans, Booleans]:
    """Sets bool (N, C), and whether each holds the truth, bool (N,)."""
    told = answers.decision
    sets = told.probabilities >= promise.thresholds(kind) if kind != SET_KIND or told.sets is None else told.sets
    return sets, sets[np.arange(len(sets)), answers.label]


def _groups(promise: PredictionSets, kind: SetKind, label: Integers) -> list[tuple[Booleans, SetThreshold]]:
    """Who shares a threshold: a mask (N,) of the images, and what was promised to them."""
    if kind == "marginal":
        return [(np.ones(len(label), bool), promise.marginal)]
    return [(label == k, each) for k, each in enumerate(promise.class_conditional)]


def _joint(held: Booleans, groups: Sequence[tuple[Booleans, SetThreshold]], coverage: float) -> dict[str, Held]:
    """Over all images, and over those that have a promise. Groups are independent: their numbers add up."""
    promised = [(mask, own) for mask, own in groups if own.threshold is not None]
    laws = [_promise(own, int(mask.sum()), coverage) for mask, own in promised]
    together = reduce(np.convolve, laws) if laws else None
    covered = np.any([mask for mask, _ in promised], axis=0) if promised else np.zeros(len(held), bool)
    return {
        "overall": Held.of(held, together if covered.all() else None),
        "of_promised": Held.of(held[covered], together),
    }


def _promise(own: SetThreshold, images: int, coverage: float) -> Floats:
    return law(rank(own.lesions, coverage), own.lesions, images)


def _classes(answers: Answers, held: Booleans, promise: PredictionSets, kind: SetKind) -> tuple[ClassHeld, ...]:
    return tuple(
        _class_held(name, held[answers.label == k], promise.class_conditional[k], promise.coverage, kind)
        for k, name in enumerate(answers.classes)
    )


def _class_held(name: str, held: Booleans, own: SetThreshold, coverage: float, kind: SetKind) -> ClassHeld:
    promised = kind == "class_conditional" and own.threshold is not None
    chance = _promise(own, len(held), coverage) if promised else None
    return ClassHeld(name=name, promised=promised, lesions=own.lesions, held=Held.of(held, chance))


def middle(chance: Floats) -> tuple[int, int]:
    """Numbers that bound the middle 95 %."""
    low, high = np.searchsorted(chance.cumsum(), [TAIL, 1 - TAIL])
    return int(low), int(high)
