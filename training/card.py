"""The model card: what a model is for, what it was made of, what it reached, and what nobody should expect of it."""

from collections.abc import Sequence

from training.bootstrap import BOOTSTRAPS
from training.config import Config
from training.evaluate import Report, table
from training.options.fit import LossKind
from training.origins import Origin

CARD_FILE = "card.md"
INTENDED_USE = (
    "A second opinion on one dermoscopic image for a physician who examines the patient, and research. Not a medical "
    "device; not for screening, triage without a physician, self-examination, or as the only ground for any decision."
)
PRIORS: dict[LossKind, str] = {
    "logit_adjusted": "Probabilities suppose the categories that were trained on equally frequent beforehand.",
    "cross_entropy": "Probabilities suppose the categories as frequent beforehand as in the training batches.",
    "class_balanced": (
        "Probabilities suppose the categories more equally frequent beforehand than in the training batches: the loss "
        "weighed them."
    ),
    "focal": "Probabilities are of no exact prior: the loss made little of easy images.",
}
"""What a model trained with each loss takes for granted."""
PARTS = {
    "calibration": "No weight and no epoch was chosen by it; recipes may have been.",
    "test": "It is opened for these figures only.",
}
"""What has been done with a part before it is graded."""


def _architecture(config: Config) -> str:
    model = config.model
    return f"`{model.builder}`, backbone `{model.backbone}`" if model.builder == "dual" else f"`{model.builder}`"


def _malignant(config: Config) -> str:
    names = [name for name, malignant in zip(config.categories, config.malignant, strict=True) if malignant]
    return f"Malignant are {', '.join(names)}; AK is pre-malignant and not counted."


def _metadata(config: Config) -> str:
    if config.model.builder == "dual" and config.model.fusion == "none":
        return "the picture alone, metadata is ignored."
    return "metadata: age, sex, anatomic site, each of which may be missing."


def _answers(config: Config) -> str:
    if config.target == "malignancy":
        names = [name for name, malignant in zip(config.categories, config.malignant, strict=True) if malignant]
        return f"It answers one question: malignant ({', '.join(names)}) or not, above or below a probability of 0.5."
    return f"It tells {len(config.categories)} categories apart: {', '.join(config.categories)}."


def _learned_from(origins: Sequence[Origin]) -> str:
    """Runs that it learned from, as initial weights or teachers, and their data."""
    return "".join(f"\nLearned from the run {each.run}: {each.statement} ({each.license})" for each in origins)


def card(
    name: str, config: Config, part: str, reports: dict[str, Report], images: int, origins: Sequence[Origin] = ()
) -> str:
    """The model card, in Markdown with a YAML header."""
    licenses = [config.data_license, *(origin.license for origin in origins)]
    metric = next(iter(reports.values()))
    recalls = "\n".join(
        f"| {code} | {report.support[code]} | {report.recall[code]:.3f} |"
        if code in report.recall
        else f"| {code} | 0 | – |"
        for report in [metric]
        for code in report.classes
    )
    return f"""---
license: {"cc-by-nc-4.0" if any("NC" in each for each in licenses) else "other"}
pipeline_tag: image-classification
tags: [dermoscopy, onnx, dermserve]
---

# {name}: dermoscopic lesion classifier

{config.summary} (Recipe: {config.name}.)

## Intended use

{INTENDED_USE}

## Data

{config.data_statement}

License of the data: {config.data_license}. Weights trained on it are offered under the same terms.
Initial weights: {config.model.weights_note}.{_learned_from(origins)}

Trained on {images} images of the training part. Parts are disjoint by lesion and by duplicate picture
(`training/splits.py`); the figures below are from the **{part}** part. {PARTS[part]}

## Model

{_architecture(config)}, {config.image.size}×{config.image.size} px, stretched; {_metadata(config)}
{_answers(config)} Logits are divided by a temperature fitted on the validation part.
{PRIORS[config.fit.loss.kind]} They do not know how common each is in a clinic.

## Results on the {part} part

{table(list(reports.items()))}

| category | images | recall |
|---|---|---|
{recalls}

Intervals: {BOOTSTRAPS} bootstrap draws of lesions. {_malignant(config)}

## Limits

- It knows {len(config.categories)} categories and answers in their terms to anything: other diseases, healthy skin, a
  photograph of a cat.
- Few images of some categories: see the counts above, and take the rare ones' recall for what it is.
- The data comes from few clinics, mostly of light skin; nothing is known of its quality on dark skin, on children, on
  mucosa and nails, or on cameras and dermatoscopes unlike those of the data.
- Not every label was confirmed by histology. The figures say nothing of other patients and another camera.
"""
