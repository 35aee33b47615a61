"""Accuracy against milliseconds, with the Pareto front: what no other point beats in both.

    python -m benchmarks.inference.plot results/inference.json --out docs/images/inference.svg

Reads what `python -m benchmarks.inference` wrote, the predictions of the runs in it, and the proofs of the bundles in
it. All of them must be of the same images. A bundle's run is found by its decision, among those timed and --run.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.inference import labels
from benchmarks.inference.measured import Measured, Spread
from benchmarks.inference.points import Point, front, points
from benchmarks.inference.way import ONE
from training.config import InvalidConfig
from training.datareport.figures.style import BLACK, BLUE, GREEN, INK, PURPLE, VERMILLION, WIDTH
from training.errors import InvalidData
from training.evaluate import Report

HEIGHT = 5.2  # inches
LOOKS = {"float32": (BLUE, "o"), "int8": (VERMILLION, "s"), "float16": (GREEN, "^"), "bfloat16": (PURPLE, "D")}
GRAY = "#8A8A8A"
GOAL = 3
"""Times as fast as the reference: what we are after."""


def draw(found: Sequence[Point], reference: Spread, report: Report, part: str) -> Figure:
    """The plot. `reference`: CPU ms of EfficientNet-B0 in float32, whose weights are random: it has no accuracy."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained", facecolor="white")
    axes = figure.subplots()
    axes.set_facecolor("white")
    axes.set_xscale("log")
    for point in found:
        _mark(axes, point)
    compared = {"--": reference.median, ":": reference.median / GOAL}
    for style, milliseconds in compared.items():
        axes.axvline(milliseconds, color=GRAY, linestyle=style, linewidth=1, zorder=1)
    _limit(axes, found, reference)
    steps = list(_steps(front(found), axes.get_xlim()[1]))
    for (x0, y0), (x1, y1) in steps:
        axes.plot([x0, x1], [y0, y1], color=BLACK, linewidth=1.2, zorder=2)
    axes.set_xlabel("CPU milliseconds an image: one image, one thread, ONNX Runtime (logarithmic)")
    axes.set_ylabel(f"balanced accuracy, {part} part\n({report.images:,} images of {report.lesions:,} lesions)")
    axes.legend(handles=_legend(found), loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, frameon=False)
    low, high = axes.get_ylim()
    upright = [((x, low), (x, high)) for x in compared.values()]
    lines = [*steps, *upright, *(_upright(each) for each in found)]
    names = [labels.Named(f"{each.model}, {each.pixels} px", each.cpu_ms.median, each.accuracy) for each in found]
    labels.write(figure, axes, names, lines, INK)
    return figure


def _upright(point: Point) -> labels.Segment:
    return (point.cpu_ms.median, point.interval[0]), (point.cpu_ms.median, point.interval[1])


def _mark(axes: Axes, point: Point) -> None:
    """A dot with its intervals: thin that of its accuracy, broad a paired one; level, that of the rounds."""
    color, marker = LOOKS[point.precision]
    x, y = point.cpu_ms.median, point.accuracy
    axes.plot([x, x], point.interval, color=color, linewidth=4 if point.paired else 1, alpha=0.5, zorder=2)
    axes.plot([point.cpu_ms.low, point.cpu_ms.high], [y, y], color=color, linewidth=1, alpha=0.5, zorder=2)
    axes.plot([x], [y], marker, color=color, markersize=7, markeredgecolor="white", markeredgewidth=0.8, zorder=3)


def _limit(axes: Axes, found: Sequence[Point], reference: Spread) -> None:
    """Room for the names; ticks that a person can read off a logarithmic axis."""
    times = [reference.median, reference.median / GOAL, *(each.cpu_ms.median for each in found)]
    axes.set_xlim(min(times) / 1.5, max(times) * 1.5)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(color="#E6E6E6", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _steps(best: Sequence[Point], end: float) -> Iterator[labels.Segment]:
    """From each point of the front level to where the next one begins to be better, and up to it."""
    for point, after in zip(best, [*best[1:], None], strict=True):
        x = after.cpu_ms.median if after else end
        yield (point.cpu_ms.median, point.accuracy), (x, point.accuracy)
        if after:
            yield (x, point.accuracy), (x, after.accuracy)


def _legend(found: Sequence[Point]) -> list[Line2D]:
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=color, markersize=7, label=precision)
        for precision, (color, marker) in LOOKS.items()
        if any(each.precision == precision for each in found)
    ]
    handles.append(Line2D([], [], color=BLACK, linewidth=1.2, label="Pareto front"))
    handles.append(Line2D([], [], color=BLUE, linewidth=1, alpha=0.5, label="95 % interval, lesions drawn again"))
    if any(each.paired for each in found):
        label = "95 % interval of the difference from float32, paired"
        handles.append(Line2D([], [], color=VERMILLION, linewidth=4, alpha=0.5, label=label))
    handles.append(Line2D([], [], color=GRAY, linestyle="--", linewidth=1, label="EfficientNet-B0, 224 px, float32"))
    handles.append(Line2D([], [], color=GRAY, linestyle=":", linewidth=1, label=f"{GOAL} times as fast as it"))
    return handles


def main(arguments: list[str] | None = None) -> int:
    """Draw. Returns the exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.inference.plot", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("measured", type=Path, metavar="FILE.json")
    parser.add_argument(
        "--part", nargs="+", choices=("validation", "calibration", "test"), default=["test"], help="default: test"
    )
    parser.add_argument("--run", type=Path, nargs="+", default=[], help="that a bundle was exported from")
    parser.add_argument("--out", type=Path, default=Path("results/inference.svg"), metavar="FILE.svg")
    options = parser.parse_args(arguments)
    try:
        measured = Measured.read(options.measured)
        found, report = points(measured, options.run, options.part)
    except (InvalidData, InvalidConfig, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    # Nothing of the day or of chance in the file: the same figures draw the same file.
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "dermserve"}):
        figure = draw(found, Spread.of(measured.reference(ONE).cpu_ms), report, " and ".join(options.part))
        options.out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(options.out, metadata={"Date": None})
    best = front(found)
    for point in sorted(found, key=lambda each: each.cpu_ms.median):
        on = " (front)" if point in best else ""
        print(f"{point.model}, {point.pixels} px, {point.precision}: {point.cpu_ms.median:.2f} ms, ", end="")
        print(f"{point.accuracy:.3f} ({point.interval[0]:.3f}–{point.interval[1]:.3f}){on}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
