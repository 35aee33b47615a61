"""Colors, letters and measures of the drawing, and the box itself."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.textpath import TextPath

from training.architecture.diagram import Box
from training.architecture.layout import Place
from training.architecture.words import Kind

INK, QUIET, LINE = "#1F2933", "#6B7785", "#8A96A3"
COLORS: Mapping[Kind, tuple[str, str]] = {
    "input": ("#F1F3F5", "#6B7785"),
    "convolution": ("#E3F0FA", "#0072B2"),
    "activation": ("#F7F6EF", "#A59E76"),
    "pooling": ("#FDF1DA", "#E69F00"),
    "dense": ("#F6E8F1", "#B5578C"),
    "metadata": ("#E0F3EC", "#009E73"),
    "fusion": ("#E2EEF0", "#3C7E8C"),
    "head": ("#FBE6DA", "#D55E00"),
    "model": ("#DCEAF7", "#00507D"),
}
"""Paper and edge of a box. The edges are Okabe and Ito's (2008), or near: told apart without color vision."""
MEANING: Mapping[Kind, str] = {
    "input": "input",
    "convolution": "convolution",
    "activation": "normalization, activation, dropout",
    "pooling": "pooling, reshaping",
    "dense": "dense",
    "metadata": "metadata",
    "fusion": "where paths meet",
    "head": "head",
    "model": "backbone",
}
HEADING, BODY, SMALL = 9.5, 8.0, 7.0
"""Sizes of letters, in points."""
PAD, STRIPE, SKIP = 0.12, 0.06, 0.22
"""Inches: inside a box, its colored edge, and what an arrow past it takes."""
LEAST = 2.0
_LINE_HEIGHT = 0.17


@lru_cache(maxsize=4096)
def text_width(text: str, points: float, *, bold: bool = False) -> float:
    """Inches. Letters of another font, where this one is missing, may be wider: a tenth is added."""
    face = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, size=points, prop=face).get_extents().width) / 72 * 1.1 if text else 0.0


def size_of(box: Box) -> tuple[float, float]:
    """Width and height that a box needs, in inches."""
    heading = text_width(box.heading, HEADING, bold=True) + text_width(tag(box), SMALL) + 0.2
    footer = text_width(box.shape, BODY) + text_width(count_text(box.trained, box.fixed), BODY) + 0.25
    widest = max(heading, footer, *(text_width(line, BODY) for line in box.lines), LEAST - 2 * PAD)
    room = 2 * SKIP if box.skips else 0.0
    return widest + 2 * PAD + STRIPE + room, 2 * PAD + 0.22 + _LINE_HEIGHT * (len(box.lines) + 1)


def tag(box: Box) -> str:
    """What stands in the corner: the layer's own name, or how often a block is repeated."""
    if box.times > 1:
        return f"× {box.times}"
    return "" if box.frame or box.kind == "input" else box.name


def count_text(trained: int, fixed: int) -> str:
    """`1,234 parameters`, or both kinds told apart; nothing where there are none."""
    if trained and fixed:
        return f"{trained:,} trained, {fixed:,} fixed"
    return f"{fixed:,} fixed" if fixed else f"{trained:,} parameters" if trained else ""


def draw_box(axes: Axes, box: Box, place: Place, total: int) -> None:
    """Paper, stripe, words, and a bar as long as the box's share of all parameters."""
    edge = COLORS[box.kind][1]
    room = SKIP if box.skips else 0.0
    left, top = place.x - place.width / 2 + room, place.y - place.height / 2
    right, bottom = place.x + place.width / 2 - room, place.y + place.height / 2
    for offset in (0.05, 0.0) if box.times > 1 else (0.0,):
        axes.add_patch(_rounded(left + offset, top - offset, right - left, place.height, box))
    axes.add_patch(Rectangle((left + 0.01, top + 0.05), STRIPE, place.height - 0.1, facecolor=edge, linewidth=0))
    start, end = left + PAD + STRIPE, right - PAD
    _write_words(axes, box, (start, top), (end, bottom))
    share = (box.trained + box.fixed) / max(total, 1)
    axes.add_patch(Rectangle((start, bottom - 0.07), (end - start) * share, 0.03, facecolor=edge, linewidth=0))


def _write_words(axes: Axes, box: Box, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Between the upper left and the lower right corner of what is free for them."""
    (left, top), (right, bottom) = start, end
    head, foot = top + PAD + 0.13, bottom - PAD - 0.02
    quiet: dict[str, Any] = {"ha": "right", "color": QUIET}
    loud = {"size": HEADING, "weight": "bold", "color": COLORS[box.kind][1]} if box.times > 1 else {"size": SMALL}
    axes.text(left, head, box.heading, size=HEADING, weight="bold", color=INK)
    axes.text(right, head, tag(box), **{**quiet, **loud})
    for number, line in enumerate(box.lines, 1):
        axes.text(left, top + PAD + 0.15 + _LINE_HEIGHT * number, line, size=BODY, color=INK)
    axes.text(left, foot, box.shape, size=BODY, color=INK)
    axes.text(right, foot, count_text(box.trained, box.fixed), size=BODY, **quiet)


def reenters(box: Box) -> float:
    """Inches below a block's top where what went past it comes in: at the line that says so."""
    lines = [number for number, line in enumerate(box.lines, 1) if "shortcut" in line or "block's input" in line]
    return PAD + 0.10 + _LINE_HEIGHT * (lines[0] if lines else len(box.lines))


def _rounded(left: float, top: float, width: float, height: float, box: Box) -> FancyBboxPatch:
    """Dashed where all that could be learned is held still."""
    paper, edge = COLORS[box.kind]
    dashes = "--" if box.fixed and not box.trained else "-"
    shape = "round,pad=0,rounding_size=0.06"
    return FancyBboxPatch((left, top), width, height, boxstyle=shape, fc=paper, ec=edge, lw=0.9, ls=dashes)
