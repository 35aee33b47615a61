"""The comparison as Markdown: what each network answers, what it costs, and what the paper says of its own."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.comparison import FIGURES, Counts, Graded, Interval, wilson


@dataclass(frozen=True)
class Row:
    """One network. `metadata`: whether it sees more than the picture."""

    name: str
    metadata: bool
    graded: Graded
    parameters: int
    flops: int
    latency_ms: float
    megabytes: float


@dataclass(frozen=True)
class Published:
    """A row of the paper's table: its counts, millions of parameters and billions of operations as it gives them."""

    counts: Counts
    parameters_m: float
    flops_g: float


PAPER: Mapping[str, Published] = {
    "CancerNet-SCa A": Published(Counts(205, 16, 165, 56), 13.65, 4.66),
    "CancerNet-SCa B": Published(Counts(202, 19, 171, 50), 0.80, 0.43),
    "CancerNet-SCa C": Published(Counts(199, 22, 172, 49), 1.19, 0.40),
}
"""Reconstructed from the percentages of the paper (arXiv 2011.10702), which they give exactly. Its test images are not
lesion-disjoint from its training images: 110 of the 212 that can be looked up share their lesion."""
HEADS: Mapping[str, str] = {
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "even_ppv": "PPV at 50 %",
    "even_npv": "NPV at 50 %",
    "balanced_accuracy": "balanced accuracy",
}


def markdown(rows: Sequence[Row], part: str, size: int) -> str:
    """Two tables with a sentence before each."""
    first = rows[0].graded
    what = f"{first.images} images of the {part} part, {first.malignant} malignant"
    lines = [
        f"Malignant (MEL, BCC, SCC) against all else at {size} px: {what}; percent, 95 % intervals by lesion.",
        "",
        f"| network | sees | {' | '.join(HEADS.values())} | AUC | balanced accuracy of each seed |",
        f"|---|---|{'---|' * len(HEADS)}---|---|",
        *map(_quality, rows),
        *(_published(name, paper) for name, paper in PAPER.items()),
        "",
        "| network | parameters | GFLOPs | ONNX Runtime, one image on one thread | file |",
        "|---|---:|---:|---:|---:|",
        *map(_costs, rows),
        *(
            f"| {name}, 224 px (paper) | {paper.parameters_m:.2f} M | {paper.flops_g:.2f} | | |"
            for name, paper in PAPER.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _quality(row: Row) -> str:
    graded = row.graded
    cells = [_percent(graded.figures[name], graded.intervals[name]) for name in HEADS]
    sees = "picture, metadata" if row.metadata else "picture"
    seeds = ", ".join(f"{100 * each:.1f}" for each in graded.balanced_accuracies)
    return f"| {row.name} | {sees} | {' | '.join(cells)} | {100 * graded.malignancy_auc:.1f} | {seeds} |"


def _published(name: str, paper: Published) -> str:
    counts = paper.counts
    of = {
        "accuracy": (counts.true_positive + counts.true_negative, sum(vars(counts).values())),
        "sensitivity": (counts.true_positive, counts.true_positive + counts.false_negative),
        "specificity": (counts.true_negative, counts.true_negative + counts.false_positive),
        "even_ppv": (counts.true_positive, counts.true_positive + counts.false_positive),
        "even_npv": (counts.true_negative, counts.true_negative + counts.false_negative),
    }
    cells = [_percent(FIGURES[figure](counts), wilson(*of[figure])) if figure in of else "" for figure in HEADS]
    return f"| {name} (paper, 224 px; not lesion-disjoint) | picture | {' | '.join(cells)} | | |"


def _costs(row: Row) -> str:
    return (
        f"| {row.name} | {row.parameters / 1e6:.2f} M | {row.flops / 1e9:.3f} | {row.latency_ms:.1f} ms | "
        f"{row.megabytes:.1f} MB |"
    )


def _percent(value: float, interval: Interval) -> str:
    if math.isnan(value):
        return "–"
    low, high = interval
    return f"{100 * value:.1f} ({100 * low:.1f}–{100 * high:.1f})"
