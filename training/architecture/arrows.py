"""Arrows: down from a box, across between two rows, down into the next, with rounded corners."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from training.architecture.ink import LINE, SKIP
from training.architecture.layout import BELOW, Arrow, Layout, Place

RADIUS = 0.1
TIP = 0.02
"""Inches between an arrow's tip and what it points at."""
_NEAR = 0.01
Point = tuple[float, float]


def routes(layout: Layout, arrows: Sequence[Arrow]) -> Iterator[Path]:
    """A path for every arrow. Those that cross the same gap between rows do so at heights of their own."""
    stops = {arrow: _stops(layout, arrow) for arrow in arrows}
    levels = _levels(stops)
    for arrow, points in stops.items():
        corners = [points[0]]
        for (x, y), (to_x, to_y) in pairwise(points):
            level = levels.get((arrow[0], _key(y), x))
            if level is not None and abs(to_x - x) > _NEAR:
                corners += [(x, level), (to_x, level)]
            corners.append((to_x, to_y))
        yield rounded([*corners[:-1], (corners[-1][0], corners[-1][1] - TIP)])


def _stops(layout: Layout, arrow: Arrow) -> list[Point]:
    """Where an arrow leaves its source, enters and leaves each row that it passes, and ends."""
    source, target = (layout.places[name] for name in arrow)
    passages = layout.passages[arrow]
    leaves = _port(source, (*passages, target)[0].x)
    enters = _port(target, (source, *passages)[-1].x)
    stops = [(leaves, source.y + source.height / 2)]
    for place in passages:
        stops += [(place.x, place.y - place.height / 2), (place.x, place.y + place.height / 2)]
    return [*stops, (enters, target.y - target.height / 2)]


def _port(place: Place, towards: float) -> float:
    """Where on a box's edge an arrow from or to `towards` touches: straight above it if it can."""
    reach = place.width * 0.28
    return min(max(towards, place.x - reach), place.x + reach)


def _levels(stops: dict[Arrow, list[Point]]) -> dict[tuple[str, float, float], float]:
    """Heights at which arrows go across, by source, gap and place: no two of one gap on one line."""
    gaps: dict[float, dict[tuple[str, float, float], tuple[bool, float]]] = {}
    for arrow, points in stops.items():
        for (x, y), (to_x, to_y) in pairwise(points):
            if abs(to_x - x) > _NEAR:
                right = to_x > x
                # Of two that go right, the one that starts farther right goes across higher up: so they do not meet.
                gaps.setdefault(_key(to_y), {})[arrow[0], _key(y), x] = (right, -x if right else x)
    return {
        key: gap - BELOW * 0.9 + BELOW * 0.8 * (place + 1) / (len(bends) + 1)
        for gap, bends in gaps.items()
        for place, key in enumerate(sorted(bends, key=bends.__getitem__))
    }


def _key(y: float) -> float:
    return round(y, 2)


def around(place: Place, depth: float) -> Path:
    """What goes past a block: from above it, down its right side, into it `depth` inches below its top."""
    top, edge = place.y - place.height / 2, place.x + place.width / 2 - SKIP
    above, out, into = top - 0.17, edge + SKIP * 0.8, top + depth
    return rounded([(place.x, above), (out, above), (out, into), (edge + TIP, into)])


def rounded(corners: Sequence[Point]) -> Path:
    """A path through the corners, each rounded as far as its sides allow."""
    points, codes = [corners[0]], [Path.MOVETO]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        points += [_towards(corner, before), corner, _towards(corner, after)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*points, corners[-1]], [*codes, Path.LINETO])


def _towards(corner: Point, other: Point) -> Point:
    across, down = other[0] - corner[0], other[1] - corner[1]
    length = max((across**2 + down**2) ** 0.5, 1e-9)
    share = min(RADIUS, length / 2) / length
    return corner[0] + across * share, corner[1] + down * share


def draw_line(axes: Axes, path: Path) -> None:
    """The path with a head at its end."""
    axes.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>,head_length=4,head_width=2.2", color=LINE, lw=1.2))
