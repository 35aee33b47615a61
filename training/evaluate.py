"""Predictions to numbers: accuracy, balanced accuracy with its interval, recall, ranking, confusion."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from sklearn.metrics import confusion_matrix, roc_auc_score

from lesion.decision import DecisionSpec, Floats
from lesion.diagnosis import CATEGORIES, CODES
from training.bootstrap import interval
from training.evaluation.answers import Answers
from training.evaluation.classification import first
from training.predictions import Predictions
from training.target import ISIC2019, Target

EIGHT: Mapping[str, tuple[str, ...]] = {category.code: (category.code,) for category in CATEGORIES}
"""Every category of ISIC 2019 by itself."""
HAM10000: Mapping[str, tuple[str, ...]] = {
    **{code: codes for code, codes in EIGHT.items() if code not in {"AK", "SCC"}},
    "AKIEC": ("AK", "SCC"),
}
"""The seven categories of HAM10000: its `akiec` holds what ISIC 2019 tells apart as AK and SCC."""


Defined = Annotated[
    float,
    BeforeValidator(lambda value: float("nan") if value is None else value),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "null"}]}),
]
"""NaN where there is nothing to measure, which JSON writes as null."""


def groupings(target: Target) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Ways to group a target's classes for a report, by name; the first is the finest."""
    if target.classes == CODES:
        return {"isic2019": EIGHT, "ham10000": HAM10000}
    return {target.kind: {name: (name,) for name in target.classes}}


class Report(BaseModel):
    """Metrics of one set of predictions over one grouping of the categories. Intervals are 95 %, by lesion."""

    model_config = ConfigDict(frozen=True)

    classes: tuple[str, ...]
    images: int
    lesions: int
    accuracy: float
    balanced_accuracy: float
    balanced_accuracy_interval: tuple[float, float]
    macro_auc: Defined
    malignancy_auc: Defined
    recall: dict[str, float]
    support: dict[str, int]
    confusion: tuple[tuple[int, ...], ...]


def evaluate(
    predictions: Predictions,
    decision: DecisionSpec,
    grouping: Mapping[str, tuple[str, ...]],
    target: Target = ISIC2019,
    *,
    seed: int = 0,
) -> Report:
    """Grade predictions as the service would read them. Probabilities of grouped categories are summed.

    What is first is told as if all categories were equally frequent, as the challenge's score has it, and two first
    ones are no answer; ranking is by the calibrated probabilities. Balanced accuracy is the mean recall over the
    categories present (ISIC 2019); the AUC of each category is taken against all others. Categories with no image in
    `predictions` count in no mean.
    """
    answers = Answers.of(predictions, decision, target)
    membership = _membership(grouping, target)
    probabilities = answers.decision.probabilities @ membership
    label = membership.argmax(axis=1)[answers.label]
    guess = first(answers.even @ membership)
    classes = tuple(grouping)
    seen = np.bincount(label, minlength=len(classes))
    hits = np.bincount(label[label == guess], minlength=len(classes))
    present = np.flatnonzero(seen)
    return Report(
        classes=classes,
        images=len(label),
        lesions=len(set(predictions.lesion_id.tolist())),
        accuracy=float((label == guess).mean()),
        balanced_accuracy=float((hits[present] / seen[present]).mean()),
        balanced_accuracy_interval=interval(label, label == guess, predictions.lesion_id, len(classes), seed=seed),
        macro_auc=float(np.mean([_auc(label == k, probabilities[:, k]) for k in present])),
        malignancy_auc=_auc(answers.malignant, answers.decision.malignancy),
        recall={classes[k]: float(hits[k] / seen[k]) for k in present},
        support={classes[k]: int(seen[k]) for k in range(len(classes))},
        confusion=tuple(map(tuple, confusion_matrix(label, guess, labels=range(len(classes))).tolist())),
    )


def _membership(grouping: Mapping[str, tuple[str, ...]], target: Target) -> Floats:
    """(C, groups), 1 where a class belongs to a group."""
    table = np.array([[float(name in members) for members in grouping.values()] for name in target.classes])
    if not (table.sum(axis=1) == 1).all():
        raise ValueError("A grouping must hold every category exactly once.")
    return table


def _auc(positive: npt.NDArray[np.bool_], score: Floats) -> float:
    return float(roc_auc_score(positive, score)) if 0 < positive.sum() < len(positive) else float("nan")


def _told(value: float) -> str:
    """Without a class to rank above another there is no AUC."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def table(reports: Sequence[tuple[str, Report]]) -> str:
    """A Markdown table, one row a report."""
    lines = [
        "| | images | lesions | balanced accuracy (95 % interval) | accuracy | macro AUC | malignancy AUC |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, report in reports:
        low, high = report.balanced_accuracy_interval
        cells = (
            f"{name}, {len(report.classes)} categories",
            str(report.images),
            str(report.lesions),
            f"**{report.balanced_accuracy:.3f}** ({low:.3f}–{high:.3f})",
            *(_told(value) for value in (report.accuracy, report.macro_auc, report.malignancy_auc)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
