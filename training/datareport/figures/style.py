"""Colors and sizes that the figures share. Colors are Okabe and Ito's (2008): told apart without color vision."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.datareport.tables import NOT_STATED, CrossTable

BLUE, ORANGE, GREEN, SKY, VERMILLION, PURPLE, YELLOW, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#56B4E9",
    "#D55E00",
    "#CC79A7",
    "#F0E442",
    "#3B3B3B",
)
SERIES = (BLUE, ORANGE, GREEN, SKY, VERMILLION, PURPLE, YELLOW, BLACK)
INK = "#222222"
WIDTH = 8.6  # inches: at the page's width, letters are as large as those of its captions
_LONGEST = 16

Look = Mapping[str, Any]
"""Keywords of a matplotlib bar."""


def look(row: str, place: int) -> Look:
    """How to draw the bar of a table's row: hatched gray for what is not stated."""
    if row == NOT_STATED:
        return {"color": "#B8B8B8", "hatch": "////", "edgecolor": "#777777", "linewidth": 0.5}
    return {"color": SERIES[place % len(SERIES)], "edgecolor": "white", "linewidth": 0.5}


def panel(height: float) -> tuple[Figure, Axes]:
    """A figure of one panel, `height` inches high."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    return figure, axes


def seen_columns(table: CrossTable) -> list[str]:
    """The columns that count anything."""
    return [name for name, total in zip(table.columns, table.column_totals, strict=True) if total]


def short(name: str) -> str:
    """A name that fits below a bar."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
