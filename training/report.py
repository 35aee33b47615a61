"""Reports to pages: report.json, the confusion matrix as a figure, and the model card."""

import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from training.bootstrap import BOOTSTRAPS
from training.config import Config
from training.evaluate import Report, table

FOLDER = "report"
CARD_FILE = "card.md"
INTENDED_USE = (
    "A second opinion on one dermoscopic image for a physician who examines the patient, and research. Not a medical "
    "device; not for screening, triage without a physician, self-examination, or as the only ground for any decision."
)


def write(directory: Path, config: Config, part: str, reports: dict[str, Report], training_images: int) -> None:
    """Write report.json, confusion-<grouping>.png and card.md into `directory`. `reports` are by grouping."""
    directory.mkdir(parents=True, exist_ok=True)
    grades = {name: report.model_dump() for name, report in reports.items()}
    content = {"part": part, "training_images": training_images, "reports": grades}
    (directory / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    for name, report in reports.items():
        draw_confusion(report, directory / f"confusion-{name}.png")
    (directory / CARD_FILE).write_text(card(config, part, reports, training_images), encoding="utf-8")


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


def _architecture(config: Config) -> str:
    model = config.model
    return f"`{model.builder}`, backbone `{model.backbone}`" if model.builder == "dual" else f"`{model.builder}`"


def _taught_by(config: Config) -> str:
    names = config.distillation.teachers if config.distillation else ()
    return f"\nTaught by: {', '.join(names)}, so by their data and initial weights too." if names else ""


def card(config: Config, part: str, reports: dict[str, Report], training_images: int) -> str:
    """The model card, in Markdown with a YAML header."""
    metric = next(iter(reports.values()))
    recalls = "\n".join(
        f"| {code} | {report.support[code]} | {report.recall[code]:.3f} |"
        if code in report.recall
        else f"| {code} | 0 | – |"
        for report in [metric]
        for code in report.classes
    )
    return f"""---
license: {"cc-by-nc-4.0" if "NC" in config.data_license else "other"}
pipeline_tag: image-classification
tags: [dermoscopy, onnx, dermserve]
---

# {config.name}: dermoscopic lesion classifier

{config.summary}

## Intended use

{INTENDED_USE}

## Data

{config.data_statement}

License of the data: {config.data_license}. Weights trained on it are offered under the same terms.
Initial weights: {config.model.weights_note}.{_taught_by(config)}

Trained on {training_images} images of the training part. Parts are disjoint by lesion and by duplicate picture
(`training/splits.py`); the figures below are from the **{part}** part, which no fitting or selection has seen.

## Model

{_architecture(config)}, {config.image.size}×{config.image.size} px, stretched;
metadata: age, sex, anatomic site, each of which may be missing. Logits are divided by a temperature fitted on the
validation part. Probabilities suppose the eight categories equally frequent beforehand: they do not know how common
each is in a clinic.

## Results on the {part} part

{table(list(reports.items()))}

| category | images | recall |
|---|---|---|
{recalls}

Intervals: {BOOTSTRAPS} bootstrap draws of lesions. Malignant are MEL, BCC and SCC; AK is pre-malignant and not counted.

## Limits

- It knows eight categories and gives one of them to anything: other diseases, healthy skin, a photograph of a cat.
- Few images of some categories: see the counts above, and take the rare ones' recall for what it is.
- The data comes from few clinics, mostly of light skin; nothing is known of its quality on dark skin, on children, on
  mucosa and nails, or on cameras and dermatoscopes unlike those of the data.
- Not every label was confirmed by histology. The figures say nothing of other patients and another camera.
"""
