"""Figures of who and what is in the data: categories, ages, sex and site."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from training.datareport.describe import DataReport
from training.datareport.figures.style import BLUE, VERMILLION, WIDTH, look, panel, seen_columns
from training.datareport.patients import AGE_BIN_YEARS
from training.datareport.tables import NOT_STATED, CrossTable
from training.datareport.words import counted, percent

_COLUMNS = 4


def categories(report: DataReport) -> tuple[Figure, str]:
    """Images of each category, malignant ones in another color."""
    rows = report.categories
    figure, axes = panel(0.6 + 0.27 * len(rows))
    colors = [VERMILLION if row.malignant else BLUE for row in rows]
    bars = axes.barh([f"{row.name}  {row.code}" for row in rows], [row.images for row in rows], 0.72, color=colors)
    axes.bar_label(bars, [f"{counted(row.images)}  ({percent(row.share)})" for row in rows], padding=4)
    axes.set_xlim(0, max(row.images for row in rows) * 1.18)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda value, _: counted(int(value)))
    for label, color in (("malignant", VERMILLION), ("not counted as malignant", BLUE)):
        axes.barh([0], [0], color=color, label=label)
    axes.legend(loc="lower right", frameon=False)
    told = ", ".join(f"{row.code} {counted(row.images)}" for row in rows)
    return figure, f"Bars: images of each category. {told}."


def ages(report: DataReport) -> tuple[Figure, str]:
    """A histogram of age for each category, each on a scale of its own; unknown ages apart."""
    table = report.patients.age
    codes = seen_columns(table)
    lines = -(-len(codes) // _COLUMNS)
    figure = Figure(figsize=(WIDTH, 0.5 + 1.35 * lines), layout="constrained")
    grid = figure.subplots(lines, _COLUMNS, sharex=True, squeeze=False)
    for axes, code in zip(grid.flat, codes, strict=False):
        _age_panel(axes, table, code)
    for axes in grid.flat[len(codes) :]:
        axes.set_visible(False)
    figure.supxlabel("age in years; ?: not stated", fontsize=9)
    means = ", ".join(f"{item.code} {item.mean_age:.0f}" for item in report.categories if item.mean_age is not None)
    return figure, f"Histograms of age, one for each category. Mean ages: {means or 'none stated'}."


def patients(report: DataReport) -> tuple[Figure, str]:
    """Shares of each sex and each site within every category."""
    codes = seen_columns(report.patients.sex)
    figure = Figure(figsize=(WIDTH, 1.1 + 0.3 * len(codes)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(2, 3))
    _stack(left, report.patients.sex, codes, "sex")
    _stack(right, report.patients.site, codes, "site")
    left.invert_yaxis()
    return figure, "Stacked bars: shares of each sex and site within every category. The tables below hold the numbers."


def _age_panel(axes: Axes, table: CrossTable, code: str) -> None:
    years = [int(name) for name in table.rows if name != NOT_STATED]
    apart = max(years, default=0) + 2 * AGE_BIN_YEARS
    width = AGE_BIN_YEARS * 0.88
    axes.bar(years, [table.count(str(year), code) for year in years], width, align="edge", color=BLUE)
    axes.bar([apart], [table.count(NOT_STATED, code)], width, align="edge", **look(NOT_STATED, 0))
    axes.set_title(f"{code}  n = {counted(sum(table.count(row, code) for row in table.rows))}")
    ticks = [year for year in range(0, 121, 20) if year <= max(years, default=-1)]
    axes.set_xticks([*ticks, apart + width / 2], [*map(str, ticks), "?"])
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _stack(axes: Axes, table: CrossTable, codes: Sequence[str], title: str) -> None:
    start = np.zeros(len(codes))
    for place, row in enumerate(table.rows):
        shares = np.array([100 * table.share(row, code) for code in codes])
        axes.barh(codes, shares, 0.74, left=start, label=row, **look(row, place))
        start += shares
    axes.set_xlim(0, 100)
    axes.set_xlabel(f"{title}, % of the category’s images")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False, fontsize=8, handlelength=1)
