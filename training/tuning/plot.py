"""A search as a picture, results.png: the best score so far, and the score against each field that was varied."""

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from training.datareport.figures.style import BLUE, INK, ORANGE, VERMILLION, WIDTH
from training.tuning.plan import Plan
from training.tuning.results import Row, ranked
from training.tuning.space import Choice, LogUniform

PLOT_FILE = "results.png"
COLUMNS = 3
PANEL_HEIGHT = 2.3  # inches


def write(plan: Plan, directory: Path, trials: Sequence[Row]) -> None:
    """Write results.png."""
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "text.color": INK}):
        figure = draw(plan, trials)
        figure.savefig(directory / PLOT_FILE, dpi=150, metadata={"Software": None})


def draw(plan: Plan, trials: Sequence[Row]) -> Figure:
    """A panel for the search's course, then one a field."""
    paths = list(plan.search.space)
    lines = math.ceil((1 + len(paths)) / COLUMNS)
    figure = Figure(figsize=(WIDTH, PANEL_HEIGHT * lines), layout="constrained")
    grid = figure.subplots(lines, COLUMNS, squeeze=False).ravel()
    _course(grid[0], plan, trials)
    for axes, path in zip(grid[1:], paths, strict=False):
        _field(axes, plan, trials, path)
    for axes in grid[1 + len(paths) :]:
        axes.set_axis_off()
    for axes in grid[: 1 + len(paths) : COLUMNS]:
        axes.set_ylabel(f"{plan.objective.replace('_', ' ')} (validation)")
    return figure


def _course(axes: Axes, plan: Plan, trials: Sequence[Row]) -> None:
    """Every trial's score, and the best of the largest budget so far."""
    best = [ranked(plan, trials[: count + 1]) for count in range(len(trials))]
    known = [(place, found[0].score or 0.0) for place, found in enumerate(best) if found]
    axes.step(*zip(*known, strict=True), where="post", color=ORANGE, label="best so far")
    scored = [(place, row) for place, row in enumerate(trials) if row.score is not None]
    _scatter(axes, plan, [float(place) for place, _ in scored], [row for _, row in scored])
    failed = [place for place, row in enumerate(trials) if row.status == "failed"]
    if failed:
        floor = axes.get_ylim()[0]
        axes.plot(failed, [floor] * len(failed), "x", color=VERMILLION, clip_on=False, label="failed")
    axes.set_xlabel("trial (larger: more epochs)" if plan.method == "hyperband" else "trial")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=7)


def _field(axes: Axes, plan: Plan, trials: Sequence[Row], path: str) -> None:
    scored = [row for row in trials if row.score is not None]
    dimension = plan.search.space[path]
    if isinstance(dimension, Choice):
        names = [value if isinstance(value, str) else repr(value) for value in dimension.values]
        _scatter(axes, plan, [float(dimension.values.index(row.values[path])) for row in scored], scored)
        axes.set_xticks(range(len(names)), [name if len(name) < 14 else f"{name[:13]}…" for name in names])
        axes.set_xlim(-0.5, len(names) - 0.5)
    else:
        _scatter(axes, plan, [float(str(row.values[path])) for row in scored], scored)
        axes.set_xscale("log" if isinstance(dimension, LogUniform) else "linear")
    axes.set_xlabel(path)


def _scatter(axes: Axes, plan: Plan, places: list[float], scored: Sequence[Row]) -> None:
    """Dots; Hyperband's are larger the more epochs they were given."""
    most = max((row.budget for row in scored), default=1)
    sizes = [8 + 28 * (row.budget / most if plan.method == "hyperband" else 0.5) for row in scored]
    axes.scatter(places, [row.score or 0.0 for row in scored], s=sizes, color=BLUE, alpha=0.75, linewidths=0)
