"""Which pictures are one: the same photograph recolored, recompressed, shifted, turned or mirrored.

Three sieves, from cheap to sure:

1. Detail at 24 px in the central disc correlates, in one of the eight symmetries of the square.
2. Laid onto each other at 84 px by a shift, the two are not unlike (`training.views.compare`).
3. After a small turn, zoom and shift that fits best, their score is above `ONE_PICTURE`, or above `ROUND_VIEW` where a
   round field of view leaves fewer blocks to compare.

Chosen by looking at every pair of ISIC 2019 near the lines. Over the whole square, scores of one picture were 0.50 and
more, those of two pictures 0.41 and less; in round views 0.70 and more, 0.66 and less.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter
from tqdm import tqdm

from training.views import Floats, Gray, View, compare, turn

ONE_PICTURE, ROUND_VIEW = 0.46, 0.68
SYMMETRIES = range(8)

_COARSE_SIDE, _COARSE_BLUR, _COARSE = 24, 7, 0.80
_TURNED = 0.93
"""Turned or mirrored copies are made by programs, which do not shift them: they agree better than this at 24 px."""
_WHOLE_VIEW_BLOCKS = 27
_ROWS = 1024
_CHUNK = 500
_VIEWS = 8192
"""Kept at a time: 65 kB each."""

Candidate = tuple[int, int, int]
"""Places a < b, and the symmetry that turns b."""
_Results = Iterable["Likeness | None"]


@dataclass(frozen=True)
class Likeness:
    """Places a < b of two pictures, how alike they are (up to 1), and how b was turned to fit (0: not at all)."""

    a: int
    b: int
    score: float
    symmetry: int


def find(pictures: Sequence[Gray], *, processes: int = 1) -> list[Likeness]:
    """Every pair of N gray pictures, uint8 (84, 84) each, that is one picture, in order of place."""
    candidates = list(_candidates(pictures))
    found: dict[tuple[int, int], Likeness] = {}
    with _comparing(pictures, processes) as compare_all:
        for alike in tqdm(compare_all(candidates), total=len(candidates), desc="comparing", unit="pair", disable=None):
            if alike is not None and alike.score > getattr(found.get((alike.a, alike.b)), "score", 0):
                found[alike.a, alike.b] = alike
    return [found[pair] for pair in sorted(found)]


class Comparison:
    """Compares pairs of one list of pictures, remembering what it made of each."""

    def __init__(self, pictures: Sequence[Gray]) -> None:
        self.view = lru_cache(maxsize=_VIEWS)(lambda place: View.of(pictures[place]))

    def __call__(self, candidate: Candidate) -> Likeness | None:
        """The likeness of a candidate; None when its two are not one picture."""
        a, b, symmetry = candidate
        one, other = self.view(a), self.view(b).turned(symmetry)
        score = compare(one, other)
        return Likeness(a, b, score, symmetry) if score > _line(one, other) else None


@contextmanager
def _comparing(pictures: Sequence[Gray], processes: int) -> Iterator[Callable[[list[Candidate]], _Results]]:
    """A function that compares candidates, in this process or in several, each with the pictures of its own."""
    if processes == 1:
        yield partial(map, Comparison(pictures))
        return
    context = get_context("spawn")  # forking a process that has threads is not safe
    with ProcessPoolExecutor(processes, context, _prepare_process, (pictures,)) as pool:
        yield lambda candidates: pool.map(_compare_in_process, candidates, chunksize=_CHUNK)


_comparison: Comparison | None = None
"""Of a worker process: what its one list of pictures became."""


def _prepare_process(pictures: Sequence[Gray]) -> None:
    global _comparison  # noqa: PLW0603 - a worker process has no other place for what all its calls share
    _comparison = Comparison(pictures)


def _compare_in_process(candidate: Candidate) -> Likeness | None:
    if _comparison is None:
        raise RuntimeError("The process was not prepared.")
    return _comparison(candidate)


def _line(a: View, b: View) -> float:
    """The score above which two views are one picture."""
    return ONE_PICTURE if (a.blocks & b.blocks).sum() >= _WHOLE_VIEW_BLOCKS else ROUND_VIEW


def _candidates(pictures: Sequence[Gray]) -> Iterator[Candidate]:
    """The pairs whose coarse detail correlates: sieve 1."""
    if not pictures:
        return
    small = np.stack([_shrink(picture) for picture in pictures])
    detail = small - uniform_filter(small, (0, _COARSE_BLUR, _COARSE_BLUR))
    upright = _unit_vectors(detail)
    for symmetry in SYMMETRIES:
        turned = upright if symmetry == 0 else _unit_vectors(turn(detail, symmetry))
        limit = _COARSE if symmetry == 0 else _TURNED
        for start in range(0, len(upright), _ROWS):
            rows, columns = np.nonzero(upright[start : start + _ROWS] @ turned.T > limit)
            for a, b in zip((rows + start).tolist(), columns.tolist(), strict=True):
                if a < b:
                    yield a, b, symmetry


def _shrink(picture: Gray) -> Floats:
    side = (_COARSE_SIDE, _COARSE_SIDE)
    return np.asarray(Image.fromarray(picture).resize(side, Image.Resampling.BICUBIC), np.float32)


def _unit_vectors(detail: Floats) -> Floats:
    center = (_COARSE_SIDE - 1) / 2
    y, x = np.mgrid[:_COARSE_SIDE, :_COARSE_SIDE]
    vectors = detail[:, (y - center) ** 2 + (x - center) ** 2 < 8.5**2]
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    units: Floats = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-6)
    return units
