"""A row a thing, its figure as a dot, its interval as a line: groups of patients, classes, changed images."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.report.figures.plot import Plot, Words, percents

WIDTH = 400
ROW = 21
LONGEST = 20


@dataclass(frozen=True)
class Row:
    """One line. Without a value it says `none` in its place; `note` stands at the right."""

    name: str
    value: float | None
    interval: tuple[float, float] | None
    note: str = ""
    none: str = "–"


@dataclass(frozen=True)
class Axis:
    """What the dots measure, over which stretch, and a dashed line to compare with."""

    title: str
    low: float = 0.0
    high: float = 1.0
    ticks: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    words: Words = percents
    reference: float | None = None


def forest(rows: Sequence[Row], axis: Axis, told: str) -> Markup:
    """Rows from top to bottom."""
    plot = Plot(
        WIDTH, ROW * len(rows) + 48, (axis.low, axis.high), (len(rows), 0), left=138, right=72, top=6, bottom=42
    )
    for value in axis.ticks:
        _rule(plot, value, "grid")
        plot.text(plot.across(value), plot.height - plot.bottom + 15, axis.words(value), "middle")
    plot.text((plot.left + plot.width - plot.right) / 2, plot.height - 6, axis.title, "middle", "title")
    if axis.reference is not None:
        _rule(plot, axis.reference, "reference")
    for place, row in enumerate(rows):
        _draw(plot, row, ROW * (place + 0.5) + plot.top, axis)
    return plot.drawn(told)


def _draw(plot: Plot, row: Row, down: float, axis: Axis) -> None:
    plot.text(plot.left - 8, down + 4, _short(row.name), "end")
    plot.text(plot.width - plot.right + 8, down + 4, row.note, "start", "soft")
    if row.value is None:
        plot.text(plot.across(axis.low) + 4, down + 4, row.none, "start", "soft")
        return
    if row.interval is not None:
        low, high = (plot.across(min(max(value, axis.low), axis.high)) for value in row.interval)
        plot.marks.append(f'<line class="whisker a" x1="{low:.1f}" y1="{down:.1f}" x2="{high:.1f}" y2="{down:.1f}"/>')
    plot.marks.append(f'<circle class="dot a" cx="{plot.across(row.value):.1f}" cy="{down:.1f}" r="4"/>')


def _rule(plot: Plot, value: float, kind: str) -> None:
    place, floor = plot.across(value), plot.height - plot.bottom
    plot.marks.append(f'<line class="{kind}" x1="{place:.1f}" y1="{plot.top}" x2="{place:.1f}" y2="{floor}"/>')


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
