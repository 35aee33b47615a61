"""What happens to an answer as the pixels that a map calls important are blurred away, or brought back."""

from typing import Literal

from markupsafe import Markup

from training.evaluation.faithfulness import Faithfulness
from training.report.figures.plot import Kind, Plot, percents
from training.report.words import fixed

WIDTH, HEIGHT = 380, 270
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
KINDS: tuple[Kind, ...] = ("a", "d", "b", "c", "rest")


def walk(found: Faithfulness, way: Literal["deletion", "insertion"]) -> Markup:
    """The mean probability of the answer along the way, a line a map."""
    verb = "blurred" if way == "deletion" else "brought back"
    plot = Plot(WIDTH, HEIGHT, (0, 1), (0, 1))
    plot.axes((f"pixels {verb}, %", TICKS), ("probability of the answer, %", TICKS), (percents, percents))
    for curve, kind in zip(found.curves, KINDS, strict=False):
        plot.line(found.shares, getattr(curve, way), kind)
    for place, (curve, kind) in enumerate(zip(found.curves, KINDS, strict=False)):
        y = plot.top + 12 + 16 * place if way == "deletion" else plot.height - plot.bottom - 78 + 16 * place
        end = plot.width - plot.right
        plot.marks.append(f'<line class="line {kind}" x1="{end - 24}" y1="{y - 4}" x2="{end}" y2="{y - 4}"/>')
        plot.text(end - 30, y, curve.map, "end")
    areas = ", ".join(f"{curve.map} {fixed(getattr(curve, f'{way}_area'))}" for curve in found.curves)
    return plot.drawn(f"{way.capitalize()} curves. Areas: {areas}.")
