"""A diagram on a page: title, boxes, arrows, frames around nested models, legend. Written as SVG and PNG."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from training.architecture.arrows import around, draw_line, routes
from training.architecture.diagram import Diagram
from training.architecture.ink import (
    BODY,
    COLORS,
    INK,
    MEANING,
    QUIET,
    SMALL,
    draw_box,
    reenters,
    size_of,
    text_width,
)
from training.architecture.layout import Layout, Place, lay_out
from training.architecture.straightening import FRAME

MARGIN, LEGEND = 0.35, 0.45
DOTS_PER_INCH = 144
_TITLE, _NOTE = 0.36, 0.19


def write(given: Diagram, title: str, notes: Sequence[str], svg: Path, png: Path) -> None:
    """Draw a diagram into both files. `notes` are lines under the title."""
    with mpl.rc_context(
        {
            "font.family": ["DejaVu Sans", "sans-serif"],
            "svg.fonttype": "none",  # text stays text: it can be searched, copied and read aloud
            "svg.hashsalt": "dermserve",  # the same model gives the same file
            "text.parse_math": False,
        }
    ):
        figure = _page(given, title, notes)
        svg.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(svg, format="svg", metadata={"Date": None, "Title": title})
        figure.savefig(png, format="png", dpi=DOTS_PER_INCH)


def _page(given: Diagram, title: str, notes: Sequence[str]) -> Figure:
    sizes = {box.name: size_of(box) for box in given.boxes}
    layout = lay_out(sizes, given.arrows, {box.name: box.frame for box in given.boxes if box.frame}, given.trunk)
    head = _TITLE + _NOTE * len(notes) + (0.3 if given.frames else 0.1)
    shown = [kind for kind in MEANING if any(box.kind == kind for box in given.boxes)]
    legend = sum(0.45 + text_width(MEANING[kind], SMALL) for kind in shown)
    wide = max(layout.width, legend, text_width(title, 14, bold=True), *(text_width(note, BODY) for note in notes))
    high = head + layout.height + LEGEND
    figure = Figure(figsize=(wide + 2 * MARGIN, high + 2 * MARGIN), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-MARGIN, wide + MARGIN), ylim=(high + MARGIN, -MARGIN))
    axes.set_axis_off()

    axes.text(0, 0.12, title, size=14, weight="bold", color=INK)
    for number, note in enumerate(notes):
        axes.text(0, _TITLE + _NOTE * number, note, size=BODY, color=QUIET)
    moved = _moved(layout, (wide - layout.width) / 2, head)
    for name, caption in given.frames.items():
        _draw_frame(axes, [moved.places[box.name] for box in given.boxes if box.frame == name], caption)
    for path in routes(moved, given.arrows):
        draw_line(axes, path)
    for box in given.boxes:
        draw_box(axes, box, moved.places[box.name], given.trained + given.fixed)
        if box.skips:
            draw_line(axes, around(moved.places[box.name], reenters(box)))
    _draw_legend(axes, [(MEANING[kind], *COLORS[kind]) for kind in shown], high)
    return figure


def _moved(layout: Layout, right: float, down: float) -> Layout:
    def move(place: Place) -> Place:
        return Place(place.x + right, place.y + down, place.width, place.height)

    return Layout(
        {name: move(place) for name, place in layout.places.items()},
        {arrow: tuple(map(move, passages)) for arrow, passages in layout.passages.items()},
        layout.width,
        layout.height,
    )


def _draw_frame(axes: Axes, places: Sequence[Place], caption: str) -> None:
    left, right = (min(p.x - p.width / 2 for p in places) - FRAME, max(p.x + p.width / 2 for p in places) + FRAME)
    top, bottom = (min(p.y - p.height / 2 for p in places) - FRAME, max(p.y + p.height / 2 for p in places) + FRAME)
    edge = COLORS["model"][1]
    axes.add_patch(
        FancyBboxPatch((left, top), right - left, bottom - top, boxstyle="round,pad=0,rounding_size=0.1",
                       facecolor="#F6FAFD", edgecolor=edge, linewidth=0.8, linestyle=(0, (4, 3)))
    )  # fmt: skip
    axes.text(left + 0.02, top - 0.06, caption, size=BODY, weight="bold", color=edge)


def _draw_legend(axes: Axes, entries: Sequence[tuple[str, str, str]], y: float) -> None:
    x = 0.0
    for meaning, paper, edge in entries:
        axes.add_patch(Rectangle((x, y - 0.11), 0.16, 0.13, facecolor=paper, edgecolor=edge, linewidth=0.9))
        axes.text(x + 0.22, y, meaning, size=SMALL, color=QUIET)
        x += 0.45 + text_width(meaning, SMALL)
