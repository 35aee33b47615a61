"""Intervals of balanced accuracy, and of the difference of two models on the same images: lesions drawn again."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

BOOTSTRAPS = 2000
CONFIDENCE = 0.95
BLOCK = 100
"""Draws at a time, where each is as long as there are images: few enough for a processor's cache."""

Integers = npt.NDArray[np.int64]
Hits = npt.NDArray[np.bool_]


def interval(
    label: Integers, hit: Hits, groups: npt.NDArray[np.generic], classes: int, *, seed: int
) -> tuple[float, float]:
    """Of the balanced accuracy, 95 %: groups (N,), lesions mostly, are drawn with all their images."""
    seen, hits = np.split(drawn(_counts(label, [hit], classes), groups, seed), 2, axis=1)
    return quantiles(_balanced(seen, hits))


def differences(
    label: Integers, hit: Hits, other: Hits, groups: npt.NDArray[np.generic], classes: int, *, seed: int
) -> npt.NDArray[np.float64]:
    """float64 (draws,): balanced accuracy by `hit` less that by `other`, both graded on every draw (paired bootstrap).

    Two models err on much the same images, so these spread less than what their own intervals suggest.
    """
    seen, hits, others = np.split(drawn(_counts(label, [hit, other], classes), groups, seed), 3, axis=1)
    return _balanced(seen, hits) - _balanced(seen, others)


def _counts(label: Integers, hits: list[Hits], classes: int) -> Integers:
    """int64 (N, (1 + hits) C): the class of each image, and the class again where it was hit."""
    truth = np.eye(classes, dtype=np.int64)[label]
    return np.concatenate([truth, *(truth * hit[:, None] for hit in hits)], axis=1)


def drawn(counts: Integers, groups: npt.NDArray[np.generic], seed: int) -> Integers:
    """int64 (draws, M): sums of counts (N, M) over as many groups as there are, drawn with replacement.

    Groups with the same sums are interchangeable, so the draws are made among kinds of groups: the same distribution
    for a hundredth of the memory.
    """
    names, member = np.unique(groups, return_inverse=True)
    profile = np.zeros((len(names), counts.shape[1]), np.int64)
    np.add.at(profile, member, counts)
    kinds, times = np.unique(profile, axis=0, return_counts=True)
    sums: Integers = np.random.default_rng(seed).multinomial(len(names), times / len(names), BOOTSTRAPS) @ kinds
    return sums


def redrawn(groups: npt.NDArray[np.generic], seed: int) -> Iterator[Integers]:
    """int64 (BLOCK, N), BOOTSTRAPS draws in all: how often each draws the images of groups (N,), as `drawn` does.

    For what is no sum over images, such as ranks.
    """
    names, member = np.unique(groups, return_inverse=True)
    count, rng = len(names), np.random.default_rng(seed)
    for _ in range(0, BOOTSTRAPS, BLOCK):
        times = [np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(BLOCK)]
        yield np.stack(times)[:, member]


def _balanced(seen: Integers, hits: Integers) -> npt.NDArray[np.float64]:
    """float64 (draws,): mean recall. A draw may miss a rare class altogether; its recall is then of no account."""
    recall = np.ma.masked_invalid(np.divide(hits, seen, out=np.full(seen.shape, np.nan), where=seen > 0))
    means: npt.NDArray[np.float64] = recall.mean(axis=1).filled(np.nan)
    return means


def quantiles(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Bounds of the middle 95 % of the draws."""
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
