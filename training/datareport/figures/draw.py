"""The page's figures, as SVG on a white card: legible in light and dark, and in print.

Letters are drawn as outlines, so that a figure looks alike on every machine.
"""

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure

from training.datareport.describe import DataReport
from training.datareport.figures import composition, shortcuts
from training.datareport.figures.style import INK

FIGURES: Mapping[str, Callable[[DataReport], tuple[Figure, str] | None]] = {
    "categories": composition.categories,
    "age": composition.ages,
    "patients": composition.patients,
    "missing": shortcuts.missing,
    "baselines": shortcuts.baselines,
    "sizes": shortcuts.sizes,
}
"""Each gives a figure and its words for who does not see it, or None where there is nothing to show."""


@dataclass(frozen=True)
class Drawing:
    """A figure as a data URI, and its words."""

    uri: str
    alt: str


def draw(report: DataReport) -> dict[str, Drawing]:
    """Every figure that has something to show, by name."""
    with mpl.rc_context(
        {
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#888888",
            "axes.titlesize": 9,
            "axes.titlelocation": "left",
            "text.color": INK,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "text.parse_math": False,  # a source may be named with dollars
            "svg.hashsalt": "dermserve",  # the same report gives the same file
        }
    ):
        made = {name: make(report) for name, make in FIGURES.items()}
        return {name: Drawing(_data_uri(each[0]), each[1]) for name, each in made.items() if each is not None}


def _data_uri(figure: Figure) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"
