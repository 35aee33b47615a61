"""Reports to pages: report.json, the confusion matrix as a figure, and the model card."""

import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from training import origins
from training.card import CARD_FILE, card
from training.config import Config
from training.evaluate import Report

FOLDER = "report"


def write(run: Path, config: Config, part: str, reports: dict[str, Report], training_images: int) -> None:
    """Write report.json, confusion-<grouping>.png and card.md into the run's report/. `reports` are by grouping."""
    directory = run / FOLDER
    directory.mkdir(parents=True, exist_ok=True)
    grades = {name: report.model_dump() for name, report in reports.items()}
    content = {"part": part, "training_images": training_images, "reports": grades}
    (directory / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    for name, report in reports.items():
        draw_confusion(report, directory / f"confusion-{name}.png")
    told = card(run.name, config, part, reports, training_images, origins.of(config, run.parent))
    (directory / CARD_FILE).write_text(told, encoding="utf-8")


def draw_confusion(report: Report, path: Path) -> None:
    """Confusion matrix: counts in the cells, shades by row (recall on the diagonal)."""
    counts = np.array(report.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(6, 5.4), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            axes.text(
                column,
                row,
                str(count),
                ha="center",
                va="center",
                color="white" if shares[row, column] > 0.5 else "black",
            )
        axes.set_xticks(range(len(report.classes)), report.classes, rotation=45)
        axes.set_yticks(range(len(report.classes)), report.classes)
        axes.set_xlabel("answered")
        axes.set_ylabel("true category")
        axes.set_title(f"Balanced accuracy {report.balanced_accuracy:.3f}, {report.images} images")
        figure.colorbar(image, label="share of the true category", shrink=0.8)
        figure.savefig(path, dpi=120)
