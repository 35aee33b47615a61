"""What the threshold explorer shows: counts at every threshold, on one image a lesion, and its drawing."""

from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from training.evaluation.explorer import Explorer
from training.evaluation.operating import Operating
from training.report.figures.plot import Plot, percents

WIDTH, HEIGHT = 380, 300
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Row:
    """What one operating point does to the lesions of this part."""

    promise: float
    threshold: float
    found: int
    missed: int
    missed_by_category: tuple[int, ...]
    alarms: int
    spared: int


@dataclass(frozen=True)
class Explored:
    """Counts at each threshold; `points` are the operating points as promise and position in them."""

    counts: Explorer
    points: tuple[tuple[float, int], ...]
    start: int

    @property
    def last(self) -> int:
        """The last position."""
        return len(self.counts.threshold) - 1

    @property
    def missed(self) -> tuple[str, ...]:
        """The malignant categories."""
        return tuple(self.counts.missed)

    @property
    def prevalence(self) -> float:
        """Share of this part's lesions that are malignant."""
        counts = self.counts
        malignant = counts.true_positive[0] + counts.false_negative[0]
        return malignant / (malignant + counts.true_negative[0] + counts.false_positive[0])

    @property
    def rows(self) -> tuple[Row, ...]:
        """The operating points as a table, for whoever has no script or reads on paper."""
        counts = self.counts
        return tuple(
            Row(
                promise=promise,
                threshold=counts.threshold[place],
                found=counts.true_positive[place],
                missed=counts.false_negative[place],
                missed_by_category=tuple(missed[place] for missed in counts.missed.values()),
                alarms=counts.false_positive[place],
                spared=counts.true_negative[place],
            )
            for promise, place in self.points
        )

    @cached_property
    def _curve(self) -> tuple[list[float], list[float]]:
        """False alarms and sensitivity at each threshold."""
        counts = self.counts
        alarms = [a / ((a + b) or 1) for a, b in zip(counts.false_positive, counts.true_negative, strict=True)]
        found = [a / ((a + b) or 1) for a, b in zip(counts.true_positive, counts.false_negative, strict=True)]
        return alarms, found

    @property
    def _plot(self) -> Plot:
        return Plot(WIDTH, HEIGHT, (0, 1), (0, 1))

    @property
    def drawing(self) -> Markup:
        """Sensitivity against false alarms, the operating points, and the dot that the script moves."""
        alarms, found = self._curve
        plot = self._plot.axes(
            ("other lesions called suspicious, %", TICKS), ("malignant lesions found, %", TICKS), (percents, percents)
        )
        plot.line(alarms, found, "a")
        for _, place in self.points:
            plot.dot(alarms[place], found[place], "b")
        plot.marks.append(
            f'<circle id="explored-dot" class="dot" r="6" cx="{plot.across(alarms[self.start]):.1f}" '
            f'cy="{plot.up(found[self.start]):.1f}"/>'
        )
        return plot.drawn("Share of malignant lesions found against share of others called suspicious, by threshold.")

    @property
    def json(self) -> dict[str, object]:
        """All that the script reads."""
        plot, counts = self._plot, self.counts
        return {
            "threshold": counts.threshold,
            "tp": counts.true_positive,
            "fp": counts.false_positive,
            "tn": counts.true_negative,
            "fn": counts.false_negative,
            "missed": counts.missed,
            "frame": {
                "left": plot.left,
                "top": plot.top,
                "width": plot.width - plot.left - plot.right,
                "height": plot.height - plot.top - plot.bottom,
            },
        }


def explorer(operating: Operating | None) -> Explored | None:
    """Of an evaluation's operating section; None without one, or without a threshold."""
    if operating is None or not operating.independent_explorer.threshold:
        return None
    counts = operating.independent_explorer
    points = tuple(
        (point.promised, _at(counts.threshold, point.threshold))
        for point in operating.points
        if point.threshold is not None
    )
    middle = len(counts.threshold) // 2
    start = next((place for promise, place in points if promise == operating.chosen), middle)
    return Explored(counts, points, start)


def _at(thresholds: tuple[float, ...], threshold: float) -> int:
    """The first position at or above a threshold: no lesion lies between, so what is suspicious is the same."""
    return next((place for place, value in enumerate(thresholds) if value >= threshold), len(thresholds) - 1)
