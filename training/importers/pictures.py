"""Which picture of one set is which of another, when both hold the same photographs at another size.

Of DermaMNIST's 10,015 pictures 9,972 are surely paired with one of HAM10000, all as in the one-to-one assignment that
makes the sum of correlations greatest; 38 of the other 43 have two equally good partners of one lesion. With
HAM10000 thinned at random to 10, 50 or 90 percent, 3 of 29,892 sure pairs were wrong, each another view of the lesion.
Both sets should be whole: where most true partners are missing on both sides, the best of the rest may look sure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter

ALIKE = 0.7
"""Least correlation of detail between the best pair."""
MARGIN = 0.005
"""By how much the best must beat the second, seen from either side."""

_BLUR = 7
_ROWS = 1024

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def pair(ours: Floats, theirs: Floats) -> tuple[dict[int, int], dict[int, str]]:
    """Which of `theirs`, details (M, D) with M ≥ 1, each of `ours`, (N, D), surely is; and of the others why it is not.

    Two are sure of each other when each is the other's best by `MARGIN`, and `ALIKE`. So no picture is in two pairs.
    """
    there, back = _nearest(ours, theirs), _nearest(theirs, ours)
    pairs: dict[int, int] = {}
    reasons: dict[int, str] = {}
    for place, match in enumerate(there.place.tolist()):
        if there.best[place] < ALIKE:
            reasons[place] = "nothing resembles it enough"
        elif not there.clear[place]:
            reasons[place] = "two resemble it alike"
        elif back.place[match] != place or not back.clear[match]:
            reasons[place] = "what it resembles, another resembles as well"
        else:
            pairs[place] = match
    return pairs, reasons


def detail(pictures: Sequence[Gray]) -> Floats:
    """What is fine in N gray pictures, uint8 (S, S) each: float32 (N, S·S), unit vectors.

    Slow shading goes: whole lesions resemble each other, details do not.
    """
    stack = np.stack(pictures).astype(np.float32)
    fine = (stack - uniform_filter(stack, (0, _BLUR, _BLUR), mode="nearest")).reshape(len(stack), -1)
    fine -= fine.mean(axis=1, keepdims=True)
    units: Floats = fine / (np.linalg.norm(fine, axis=1, keepdims=True) + 1e-6)
    return units


@dataclass(frozen=True)
class _Nearest:
    """For each of N pictures: the place of the most similar other, how similar it is, whether clearly; (N,) each."""

    place: npt.NDArray[np.int64]
    best: Floats
    clear: npt.NDArray[np.bool_]


def _nearest(ours: Floats, theirs: Floats) -> _Nearest:
    blocks = [_most_similar(ours[start : start + _ROWS], theirs) for start in range(0, len(ours), _ROWS)]
    place, best, second = (np.concatenate(values) for values in zip(*blocks, strict=True))
    return _Nearest(place, best, best - second >= MARGIN)


def _most_similar(ours: Floats, theirs: Floats) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Place and correlation of the best, correlation of the second (-1: there is none)."""
    likeness = ours @ theirs.T
    place, rows = likeness.argmax(axis=1), np.arange(len(ours))
    best = likeness[rows, place]
    likeness[rows, place] = -1
    return place, best, likeness.max(axis=1)
