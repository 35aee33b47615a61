"""How well each kind of image is told from all others: its curves, small, side by side."""

from markupsafe import Markup

from training.evaluation.estimate import Estimate
from training.evaluation.ranking import Ranked
from training.report.figures.plot import Plot, percents
from training.report.words import fixed

SIDE = 196
TICKS = (0.0, 0.5, 1.0)


def roc(ranked: Ranked) -> Markup | None:
    """Receiver operating characteristic with its band. None where there is nothing to tell apart."""
    curve = ranked.roc
    if curve is None:
        return None
    plot = _panel("false alarms, %", "found, %").reference((0, 0), (1, 1))
    plot.band(curve.grid, curve.low, curve.high, "a").line(curve.x, curve.y, "a")
    return plot.drawn(f"ROC curve of {ranked.name}. Area {_told(ranked.auc)}.")


def precision_recall(ranked: Ranked, images: int) -> Markup | None:
    """Precision against recall with its band; dashed: the share of this kind in all images."""
    curve = ranked.precision_recall
    if curve is None:
        return None
    chance = ranked.images / images
    plot = _panel("found, %", "of these right, %").reference((0, chance), (1, chance))
    plot.band(curve.grid, curve.low, curve.high, "a").steps(curve.x, curve.y, "a")
    return plot.drawn(
        f"Precision against recall of {ranked.name}. Average precision {_told(ranked.average_precision)}."
    )


def _panel(x: str, y: str) -> Plot:
    plot = Plot(SIDE, SIDE, (0, 1), (0, 1), left=42, right=14, top=8, bottom=36)
    return plot.axes((x, TICKS), (y, TICKS), (percents, percents))


def _told(estimate: Estimate) -> str:
    if estimate.interval is None:
        return fixed(estimate.value)
    low, high = estimate.interval
    return f"{fixed(estimate.value)}, 95 % interval {fixed(low)} to {fixed(high)}"
