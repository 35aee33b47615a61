"""Whether probabilities mean what they say: reliability diagrams."""

from collections.abc import Sequence

from markupsafe import Markup

from training.datareport.words import counted, percent
from training.evaluation.reliability import Bin, Reliability
from training.report.figures.plot import Plot, percents

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
WIDTH, HEIGHT = 380, 300
HISTOGRAM = 0.16
"""Of the height: how many images lie in each bin."""


def reliability(found: Reliability, stated: str, came: str) -> Markup:
    """What was stated against what came true, bin by bin, with Wilson intervals; below, how many images lie in each."""
    bins = [each for each in found.table if each.confidence is not None and each.right.value is not None]
    plot = Plot(WIDTH, HEIGHT, (0, 1), (0, 1))
    plot.axes((stated, TICKS), (came, TICKS), (percents, percents)).reference((0, 0), (1, 1))
    _histogram(plot, bins)
    for each in bins:
        x, y, interval = each.confidence or 0.0, each.right.value or 0.0, each.right.wilson
        if interval is not None:
            plot.whisker((x, interval[0]), (x, interval[1]), "a")
        plot.dot(x, y, "a")
    plot.word(0.03, 0.93, "above the line: too cautious", "start", "soft")
    plot.word(0.99, 0.22, "below: too sure", "end", "soft")
    return plot.drawn(f"Reliability diagram. {_told(bins)}")


def _histogram(plot: Plot, bins: Sequence[Bin]) -> None:
    most = max((each.right.total for each in bins), default=1)
    for each in bins:
        plot.bar(each.low, each.high, HISTOGRAM * each.right.total / most, "rest")


def _told(bins: Sequence[Bin]) -> str:
    return "; ".join(
        f"stated {percent(each.confidence or 0, 0)}, came true {percent(each.right.value or 0, 0)} "
        f"of {counted(each.right.total)}"
        for each in bins
    )
