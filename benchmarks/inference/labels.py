"""Names beside points, each where it covers least of the points, the lines, and the other names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Bbox

SIZE, DOT = 8, 5
DISTANCES = (9, 16, 26, 38, 52)
"""From a point, in 1/72 inch: the nearer the better."""
LED_TO = 20
"""A name farther away than this is led to by a line."""
ANGLES = (20, -20, 160, 200, 50, -50, 130, 230, 80, -80)
LINE = 1.5
"""Pixels that a line is thick."""


@dataclass(frozen=True)
class Named:
    """A name, and its point in data."""

    name: str
    x: float
    y: float


Segment = tuple[tuple[float, float], tuple[float, float]]
"""A straight line, upright or level, from (x, y) to (x, y) in data."""


@dataclass(frozen=True)
class _Place:
    """Where words may stand: their offset from the point in 1/72 inch, and the pixels that they then take."""

    offset: tuple[float, float]
    box: Bbox


def write(figure: Figure, axes: Axes, names: Sequence[Named], lines: Sequence[Segment], color: str) -> list[Bbox]:
    """Write names, and return the pixels that each takes. Limits and sizes must be final: they are measured first."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    radius = DOT * figure.dpi / 72
    centers = axes.transData.transform([(each.x, each.y) for each in names])
    taken = [Bbox.from_extents(x - radius, y - radius, x + radius, y + radius) for x, y in centers]
    taken += [_thick(Bbox(axes.transData.transform(line))) for line in lines]
    written: list[Bbox] = []
    for each, center in zip(names, centers, strict=True):
        width, height = _measured(canvas, each.name)
        places = list(_places(center, width, height, figure.dpi / 72))
        place = min(places, key=lambda one: _covered(one.box, [*taken, *written], axes.get_window_extent()))
        _annotate(axes, each, place.offset, color)
        written.append(place.box)
    return written


def _measured(canvas: Any, name: str) -> tuple[float, float]:
    width, height, _ = canvas.get_renderer().get_text_width_height_descent(
        name, FontProperties(size=SIZE), ismath=False
    )
    return width, height


def _places(center: Sequence[float], width: float, height: float, pixel: float) -> Iterator[_Place]:
    """Nearest first: of two that cover as little the nearer is taken. Words stand away from their point."""
    for distance in DISTANCES:
        for angle in np.radians(ANGLES):
            offset = (distance * float(np.cos(angle)), distance * float(np.sin(angle)))
            x, y = center[0] + offset[0] * pixel, center[1] + offset[1] * pixel
            left = x if offset[0] > 0 else x - width
            yield _Place(offset, Bbox.from_extents(left, y - height / 2, left + width, y + height / 2))


def _annotate(axes: Axes, named: Named, offset: tuple[float, float], color: str) -> None:
    led = {"arrowstyle": "-", "color": color, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 3}
    axes.annotate(
        named.name,
        (named.x, named.y),
        offset,
        textcoords="offset points",
        ha="left" if offset[0] > 0 else "right",
        va="center",
        fontsize=SIZE,
        color=color,
        arrowprops=led if np.hypot(*offset) > LED_TO else None,
    )


def _covered(box: Bbox, taken: Sequence[Bbox], inside: Bbox) -> float:
    """Pixels² of what is there already; what lies outside the axes counts as covered."""
    return sum(_shared(box, other) for other in taken) + box.width * box.height - _shared(box, inside)


def _shared(one: Bbox, other: Bbox) -> float:
    both = Bbox.intersection(one, other)
    return 0.0 if both is None else both.width * both.height


def _thick(line: Bbox) -> Bbox:
    return Bbox.from_extents(line.xmin - LINE / 2, line.ymin - LINE / 2, line.xmax + LINE / 2, line.ymax + LINE / 2)
