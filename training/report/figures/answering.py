"""What is gained by not answering, and by acting on the answers."""

from collections.abc import Sequence

from markupsafe import Markup

from training.datareport.words import percent
from training.evaluation.decision_curve import DecisionCurve
from training.evaluation.selective import Selective
from training.report.figures.plot import Plot, percents
from training.report.words import fixed

WIDTH, HEIGHT = 380, 280
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
STEPS = {0.05: 5, 0.1: 5, 0.2: 4, 0.25: 5, 0.3: 3, 0.4: 4, 0.5: 5, 0.6: 3, 0.8: 4, 1.0: 4}
"""Ends of an axis, and into how many parts of a round size each is divided."""


def risk_coverage(selective: Selective) -> Markup:
    """Share of wrong answers against the share answered, most confident first, in both ways of counting errors."""
    plain, balanced = selective.plain, selective.balanced
    top = _ceiling(max(*plain.error, *balanced.error))
    plot = Plot(WIDTH, HEIGHT, (0, 1), (0, top))
    plot.axes(("images answered, %", TICKS), ("wrong among them, %", _ticks(top)), (percents, percents))
    plot.line(balanced.answered, balanced.error, "b").line(plain.answered, plain.error, "a")
    _legend(plot, (("a", "wrong answers"), ("b", "1 − balanced accuracy")))
    half = _at(plain.answered, plain.error, 0.5)
    told = f"Answering all: {percent(plain.error[-1])} wrong. The most confident half: {percent(half)}."
    return plot.drawn(f"Risk against coverage. {told}")


def decision_curve(curve: DecisionCurve) -> Markup:
    """Net benefit of the model with its band, of biopsying everyone, and of no one."""
    low = -0.25 * curve.prevalence
    top = _ceiling(max(high for _, high in curve.model_interval))
    last = curve.threshold[-1]
    plot = Plot(WIDTH, HEIGHT, (0, last), (low, top), left=54)
    ticks = [value for value in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0) if value <= last]
    plot.axes(("threshold probability, %", ticks), ("net benefit", _ticks(top)), (percents, fixed_two))
    seen = [place for place, value in enumerate(curve.everyone) if value >= low]
    plot.band(curve.threshold, _clipped(curve.model_interval, 0, low), _clipped(curve.model_interval, 1, low), "a")
    plot.line([curve.threshold[k] for k in seen], [curve.everyone[k] for k in seen], "b")
    plot.reference((0, 0), (last, 0))
    plot.line(curve.threshold, [max(value, low) for value in curve.model], "a")
    _legend(plot, (("a", "this model"), ("b", "biopsy everyone"), ("reference", "biopsy no one")))
    return plot.drawn(f"Decision curve. {useful(curve)}")


def useful(curve: DecisionCurve) -> str:
    """Where acting on the model does more good, in words."""
    if curve.useful is None:
        return "At no threshold is the model surely better than the better of all and none."
    low, high = curve.useful
    return f"From a threshold of {percent(low, 0)} to {percent(high, 0)} the model is surely better than all and none."


def fixed_two(value: float) -> str:
    """`0.05`."""
    return fixed(value, 2)


def _legend(plot: Plot, entries: Sequence[tuple[str, str]]) -> None:
    for place, (kind, words) in enumerate(entries):
        y = plot.top + 12 + 16 * place
        end = plot.width - plot.right
        style = kind if kind == "reference" else f"line {kind}"
        plot.marks.append(f'<line class="{style}" x1="{end - 24}" y1="{y - 4}" x2="{end}" y2="{y - 4}"/>')
        plot.text(end - 30, y, words, "end")


def _at(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    return next(y for place, y in zip(xs, ys, strict=True) if place >= x)


def _ceiling(value: float) -> float:
    """The next round number above."""
    return next((step for step in STEPS if step >= value), 1.0)


def _ticks(top: float) -> list[float]:
    """Four or five, at round numbers."""
    parts = STEPS[top]
    return [round(top * k / parts, 4) for k in range(parts + 1)]


def _clipped(intervals: Sequence[tuple[float, float]], side: int, low: float) -> list[float]:
    return [max(each[side], low) for each in intervals]
