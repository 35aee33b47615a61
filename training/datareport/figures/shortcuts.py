"""Figures of what could be answered by: gaps, baselines and sizes."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.datareport.baselines import Baseline
from training.datareport.describe import DataReport
from training.datareport.figures.style import BLUE, SERIES, VERMILLION, WIDTH, panel, short
from training.datareport.missing import SEEN
from training.datareport.sizes import UNREADABLE
from training.datareport.tables import CrossTable
from training.datareport.words import fixed, percent

_MOST_SOURCES = 5
_LARGEST_BUBBLE = 600  # points²


def missing(report: DataReport) -> tuple[Figure, str] | None:
    """Share of images that lack each field a model reads, by category and by source."""
    told = report.missingness
    fields = [field for field in told.fields if field.seen_by_models]
    if not any(field.images for field in fields):
        return None
    figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _gaps(left, told.by_category, {item.code: item.images for item in report.categories})
    totals = dict(zip(report.sources.rows, report.sources.row_totals, strict=True))
    _gaps(right, told.by_source, dict(list(totals.items())[:_MOST_SOURCES]))
    left.set_title("by category")
    right.set_title("by source" if len(totals) <= _MOST_SOURCES else f"by source, the {_MOST_SOURCES} largest")
    left.set_ylabel("% of images that lack it")
    left.legend(frameon=False, ncols=3)
    shares = ", ".join(f"{field.field} {percent(field.share)}" for field in fields)
    return figure, f"Bars: images that lack age, sex or site, by category and by source. Overall: {shares}."


def baselines(report: DataReport) -> tuple[Figure, str] | None:
    """Balanced accuracy of every baseline, with its interval, against chance."""
    told = {
        "tells the category": [each for each in report.category_baselines if each.grade],
        "tells the source": [each for each in (*report.source_baselines, *report.color_baselines) if each.grade],
    }
    told = {title: each for title, each in told.items() if each}
    if not told:
        return None
    lines = [len(each) + 0.6 for each in told.values()]
    figure = Figure(figsize=(WIDTH, 0.9 + 0.42 * sum(lines)), layout="constrained")
    panels = figure.subplots(len(told), 1, sharex=True, squeeze=False, height_ratios=lines)[:, 0]
    for axes, (title, each) in zip(panels, told.items(), strict=True):
        _dots(axes, each)
        axes.set_title(title)
    panels[-1].set_xlabel("balanced accuracy; line: 95 % interval; dashed: chance")
    scores = (
        f"{each.sees} for the {each.tells}, {fixed(each.grade.balanced_accuracy)}"
        for group in told.values()
        for each in group
        if each.grade
    )
    return figure, f"Balanced accuracy of each baseline against chance: {'; '.join(scores)}."


def sizes(report: DataReport) -> tuple[Figure, str] | None:
    """Height against width, a bubble for each size and source."""
    table = report.sizes.by_source
    rows = [(name, counts) for name, counts in zip(table.rows, table.counts, strict=True) if name != UNREADABLE]
    if len(rows) < 2:
        return None
    figure, axes = panel(3.6)
    most = max(max(counts) for _, counts in rows)
    last = len(SERIES) - 1
    for place, source in enumerate(table.columns):
        points = [(*map(int, name.split("×")), counts[place]) for name, counts in rows if counts[place]]
        width, height, count = np.array(points).reshape(-1, 3).T
        label = short(source) if place < last else "others" if place == last else None
        area = 10 + _LARGEST_BUBBLE * count / most
        axes.scatter(width, height, area, SERIES[min(place, last)], alpha=0.55, edgecolors="white", label=label)
    axes.set(xlabel="width in pixels", ylabel="height in pixels", xlim=(0, None), ylim=(0, None))
    for handle in axes.legend(frameon=False, loc="upper left").legend_handles:
        handle.set_sizes([40])  # type: ignore[union-attr]
    return figure, f"Bubbles: height against width of {len(rows)} sizes, as large as their number of images, by source."


def _gaps(axes: Axes, table: CrossTable, totals: Mapping[str, int]) -> None:
    columns = [name for name, total in totals.items() if total]
    for place, field in enumerate(SEEN):
        shares = [100 * table.count(field, name) / totals[name] for name in columns]
        axes.bar(np.arange(len(columns)) + (place - 1) * 0.27, shares, 0.25, color=SERIES[place], label=field)
    axes.set_xticks(range(len(columns)), [short(name) for name in columns])


def _dots(axes: Axes, baselines: Sequence[Baseline]) -> None:
    for place, each in enumerate(baselines):
        if each.grade is None:
            continue
        low, high = each.grade.interval
        axes.plot([low, high], [place, place], color=BLUE, linewidth=2.2, solid_capstyle="round")
        axes.plot(each.grade.balanced_accuracy, place, "o", color=BLUE, markersize=6)
        axes.text(high + 0.015, place, fixed(each.grade.balanced_accuracy), va="center")
        axes.vlines(each.grade.chance, place - 0.5, place + 0.5, color=VERMILLION, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(baselines)), [each.sees for each in baselines])
    axes.set_ylim(len(baselines) - 0.4, -0.6)
    axes.set_xlim(0, 1.06)
