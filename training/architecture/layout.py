"""Where boxes go: rows by the longest path from an input, order in a row by igraph's Sugiyama (few crossings).

Within rows, places make arrows as straight as they can be (`training.architecture.straightening`). An arrow past a row
gets a place of its own there, so that it runs beside the boxes and not behind them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import igraph
import numpy as np

from training.architecture.straightening import Sheet, straighten

Arrow = tuple[str, str]
BELOW = 0.42
"""Inches between rows."""
LANE = 0.12
"""Width, in inches, that an arrow takes in a row it only passes."""
TRIES = 40
"""Orders that the search for few crossings starts from: it only ever finds the best near its start."""


@dataclass(frozen=True)
class Place:
    """Center and size of a box, or of an arrow's passage through a row, in inches; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Places by name of box, and for every arrow the places it passes, row by row."""

    places: Mapping[str, Place]
    passages: Mapping[Arrow, tuple[Place, ...]]
    width: float
    height: float


def lay_out(
    sizes: Mapping[str, tuple[float, float]], arrows: Sequence[Arrow], frames: Mapping[str, str], trunk: Sequence[Arrow]
) -> Layout:
    """`sizes` holds each box's width and height, in order of computation. Arrows lead from earlier to later boxes.

    `frames` names the frame of each box that is in one; nothing else gets into it. Arrows of the `trunk` are kept the
    straightest, and it begins on the left.
    """
    rows = _rows(list(sizes), arrows)
    links, passing = _links(rows, arrows)
    row_of = {**rows, **{name: row for names in passing.values() for name, row in names}}
    heights = [max(sizes[name][1] for name in sizes if rows[name] == row) for row in range(max(rows.values()) + 1)]
    widths = {name: sizes[name][0] if name in sizes else LANE for name in row_of}
    sheet = Sheet(_order(row_of, links, trunk[0][0]), widths, frames, set(sizes))
    xs = straighten(sheet, links, {link for arrow in trunk for link in _cut(arrow, passing[arrow])})
    tops = np.concatenate([[0], np.cumsum([height + BELOW for height in heights])])
    tall = {name: sizes[name][1] if name in sizes else heights[row] for name, row in row_of.items()}
    places = {
        name: Place(xs[name], float(tops[row]) + tall[name] / 2, widths[name], tall[name])
        for name, row in row_of.items()
    }
    return Layout(
        {name: places[name] for name in sizes},
        {arrow: tuple(places[name] for name, _ in names) for arrow, names in passing.items()},
        max(place.x + place.width / 2 for place in places.values()),
        float(tops[-1]) - BELOW,
    )


def _rows(names: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for name in names:
        rows[name] = max((rows[source] + 1 for source, target in arrows if target == name), default=0)
    return rows


def _links(rows: Mapping[str, int], arrows: Sequence[Arrow]) -> tuple[list[Arrow], dict[Arrow, list[tuple[str, int]]]]:
    """Arrows cut at every row: links from row to row, and the passages in between with their rows."""
    links: list[Arrow] = []
    passing: dict[Arrow, list[tuple[str, int]]] = {}
    for source, target in arrows:
        between = range(rows[source] + 1, rows[target])
        passing[source, target] = [(f"{source} → {target} @ {row}", row) for row in between]
        links += _cut((source, target), passing[source, target])
    return links, passing


def _cut(arrow: Arrow, passages: Sequence[tuple[str, int]]) -> list[Arrow]:
    return list(pairwise([arrow[0], *(name for name, _ in passages), arrow[1]]))


def _order(row_of: Mapping[str, int], links: Sequence[Arrow], first: str) -> list[list[str]]:
    """Names in each row from left to right: of several tries, the one of fewest crossings, `first` to the left."""
    names = list(row_of)
    rng = np.random.default_rng(0)
    starts = [names, *([names[place] for place in rng.permutation(len(names))] for _ in range(TRIES - 1))]
    found = [_sugiyama(start, row_of, links) for start in starts]
    sides = [order for one in found for order in (one, [row[::-1] for row in one])]
    return min(sides, key=lambda rows: (_crossings(rows, row_of, links), rows[0].index(first)))


def _sugiyama(names: Sequence[str], row_of: Mapping[str, int], links: Sequence[Arrow]) -> list[list[str]]:
    number = {name: at for at, name in enumerate(names)}
    graph = igraph.Graph(len(names), [(number[one], number[other]) for one, other in links], directed=True)
    drawn = graph.layout_sugiyama(layers=[row_of[name] for name in names], maxiter=1000)
    across = {name: (drawn[at][0], at) for at, name in enumerate(names)}
    rows: list[list[str]] = [[] for _ in range(max(row_of.values()) + 1)]
    for name in sorted(names, key=across.__getitem__):
        rows[row_of[name]].append(name)
    return rows


def _crossings(rows: Sequence[Sequence[str]], row_of: Mapping[str, int], links: Sequence[Arrow]) -> int:
    at = {name: place for row in rows for place, name in enumerate(row)}
    ends: list[list[tuple[int, int]]] = [[] for _ in rows]
    for one, other in links:
        ends[row_of[one]].append((at[one], at[other]))
    return sum((a - c) * (b - d) < 0 for pairs in ends for (a, b), (c, d) in combinations(pairs, 2))
