"""Places within rows that bend arrows least: a linear program over all of them (Gansner et al. 1993)."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_array

BESIDE, FRAME = 0.45, 0.16
"""Inches between what stands in a row, and between a frame and what it holds."""
STRAIGHT = {0: 1.0, 1: 2.0, 2: 8.0}
"""What an inch of sideways costs, by how many of a link's two ends are only passing: long arrows stay straight."""
TRUNK = 20.0
"""How many times dearer it is in the trunk."""

Term = tuple[str, float]
"""A variable and its factor."""


@dataclass(frozen=True)
class Sheet:
    """Rows of names from left to right, their widths, the frames some are in, and which of them are boxes."""

    rows: Sequence[Sequence[str]]
    widths: Mapping[str, float]
    frames: Mapping[str, str]
    boxes: Set[str]


def straighten(sheet: Sheet, links: Sequence[tuple[str, str]], trunk: Set[tuple[str, str]]) -> dict[str, float]:
    """Centers by name, in inches from the left, that keep each row's order and gaps."""
    limits = [*_gaps(sheet), *_fences(sheet)]
    names = [name for row in sheet.rows for name in row]
    cost: dict[str, float] = {}
    for number, (one, other) in enumerate(links):
        bend = f"bend {number}"
        cost[bend] = STRAIGHT[len({one, other} - sheet.boxes)] * (TRUNK if (one, other) in trunk else 1.0)
        limits += [([(one, 1), (other, -1), (bend, -1)], 0.0), ([(one, -1), (other, 1), (bend, -1)], 0.0)]
    variables = list(dict.fromkeys([*names, *(name for terms, _ in limits for name, _ in terms)]))
    column = {name: at for at, name in enumerate(variables)}
    system = lil_array((len(limits), len(variables)))
    for line, (terms, _) in enumerate(limits):
        for name, factor in terms:
            system[line, column[name]] = factor
    found = linprog(
        [cost.get(name, 0.0) for name in variables],
        A_ub=system.tocsr(),
        b_ub=np.array([bound for _, bound in limits]),
        bounds=[(sheet.widths.get(name, 0.0) / 2, None) for name in variables],
        method="highs",
    )
    return {name: float(found.x[column[name]]) for name in names}


def _gaps(sheet: Sheet) -> Iterator[tuple[list[Term], float]]:
    """Neighbors do not touch: left + gap ≤ right."""
    for row in sheet.rows:
        for left, right in pairwise(row):
            yield [(left, 1), (right, -1)], -(sheet.widths[left] + sheet.widths[right]) / 2 - BESIDE


def _fences(sheet: Sheet) -> Iterator[tuple[list[Term], float]]:
    """A frame has a left and a right side; what it holds is between them, all else in its rows is not."""
    for row in sheet.rows:
        for left, right in pairwise(["", *row, ""]):
            inside, beyond = sheet.frames.get(left, ""), sheet.frames.get(right, "")
            if beyond and beyond != inside:
                side = f"left of {beyond}"
                yield [(side, 1), (right, -1)], -sheet.widths[right] / 2 - FRAME
                if left:
                    yield [(left, 1), (side, -1)], -sheet.widths[left] / 2 - BESIDE / 2
            if inside and beyond != inside:
                side = f"right of {inside}"
                yield [(left, 1), (side, -1)], -sheet.widths[left] / 2 - FRAME
                if right:
                    yield [(side, 1), (right, -1)], -sheet.widths[right] / 2 - BESIDE / 2
