"""What can be told without looking: small trees that see metadata, gaps, source or size, judged out of fold.

Protocol: HistGradientBoostingClassifier (`TREES`), classes weighted to equal weight, fixed seed; five folds
(StratifiedGroupKFold) that divide no group of lesion, patient or duplicates; every image is judged by the trees that
have not seen its group. A class with fewer groups than folds is left out, and named.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from training.datareport.grade import Floats, Grade, Integers, grade

FOLDS = 5
TREES: Mapping[str, int] = {"max_iter": 50, "max_leaf_nodes": 8}
"""Smaller than scikit-learn's own (100 of 31 leaves), which overfit three fields of ISIC 2019 and take several times as
long: balanced accuracy 0.284 against 0.316."""


@dataclass(frozen=True)
class Sight:
    """What a baseline sees: float (N, K), NaN where not known; columns in `categorical` hold codes, not amounts."""

    name: str
    values: Floats
    categorical: tuple[int, ...] = ()


@dataclass(frozen=True)
class Target:
    """What a baseline tells: a word an image, the words in the order to list them, each image's group (int64 (N,)), and
    which words mean malignant, if any do.
    """

    name: str
    words: tuple[str, ...]
    order: tuple[str, ...]
    groups: Integers
    malignant: tuple[str, ...] = ()


class Baseline(BaseModel):
    """One baseline. Without a grade, `reason` says why there is none."""

    model_config = ConfigDict(frozen=True)

    sees: str
    tells: str
    grade: Grade | None
    left_out: dict[str, int]
    """Classes with too few groups to be judged, and their groups."""
    reason: str = ""


def compare(sights: Sequence[Sight], target: Target, *, seed: int) -> tuple[Baseline, ...]:
    """One baseline a sight, all on the same folds."""
    sizes = _groups_by_class(target)
    classes = tuple(name for name, size in sizes.items() if size >= FOLDS)
    left_out = {name: size for name, size in sizes.items() if size < FOLDS}

    def baseline(sight: Sight, told: Grade | None, reason: str) -> Baseline:
        return Baseline(sees=sight.name, tells=target.name, grade=told, left_out=left_out, reason=reason)

    if len(classes) < 2:
        reason = f"fewer than two classes of {target.name} have {FOLDS} independent groups of images"
        return tuple(baseline(sight, None, reason) for sight in sights)
    rows = np.flatnonzero(np.isin(target.words, classes))
    label = np.array([classes.index(target.words[row]) for row in rows], np.int64)
    groups = target.groups[rows]
    fold = folds(label, groups, seed=seed)

    def judge(sight: Sight) -> Baseline:
        values = sight.values[rows]
        if _constant(values):
            return baseline(sight, None, "it is the same for every image")
        guess = out_of_fold(values, sight.categorical, label, fold, seed=seed)
        return baseline(sight, grade(label, guess, groups, classes, target.malignant, seed=seed), "")

    return tuple(judge(sight) for sight in sights)


def folds(label: Integers, groups: Integers, *, seed: int) -> npt.NDArray[np.int8]:
    """int8 (N,): the fold of each image. No group lies in two; classes are in proportion as far as groups allow."""
    fold = np.full(len(label), -1, np.int8)
    dealer = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for number, (_, test) in enumerate(dealer.split(label, label, groups)):
        fold[test] = number
    return fold


def out_of_fold(
    values: Floats, categorical: Sequence[int], label: Integers, fold: npt.NDArray[np.int8], *, seed: int
) -> Floats:
    """float64 (N, C): probabilities of every class by trees that have not seen the image's fold."""
    probabilities = np.zeros((len(label), int(label.max()) + 1))
    # Trees this small gain nothing from threads, and where other programs use the cores theirs wait for one another:
    # on two busy cores ISIC 2019 took 47 seconds with two threads and 5 with one.
    with threadpool_limits(1, user_api="openmp"):
        for number in np.unique(fold):
            test = fold == number
            trees = HistGradientBoostingClassifier(
                categorical_features=list(categorical) or None,
                class_weight="balanced",
                early_stopping=False,  # it would hold out images without regard to groups
                random_state=seed,
                **TREES,
            ).fit(values[~test], label[~test])
            # A class may be whole in the fold that is held out: the trees then do not know it, and give it nothing.
            probabilities[np.ix_(test, trees.classes_)] = trees.predict_proba(values[test])
    return probabilities


def _constant(values: Floats) -> bool:
    return all(len(np.unique(column)) == 1 for column in values.T)


def _groups_by_class(target: Target) -> dict[str, int]:
    pairs = set(zip(target.words, target.groups.tolist(), strict=True))
    counts = Counter(word for word, _ in pairs)
    return {word: counts[word] for word in target.order if word in counts}
