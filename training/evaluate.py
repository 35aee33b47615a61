"""Predictions to numbers: accuracy, balanced accuracy with its interval, recall, ranking, confusion."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import confusion_matrix, roc_auc_score

from lesion.decision import DecisionSpec, Floats, decide
from lesion.diagnosis import CATEGORIES
from training.predictions import Predictions

BOOTSTRAPS = 2000
CONFIDENCE = 0.95

EIGHT: Mapping[str, tuple[str, ...]] = {category.code: (category.code,) for category in CATEGORIES}
"""Every category of ISIC 2019 by itself."""
HAM10000: Mapping[str, tuple[str, ...]] = {
    **{code: codes for code, codes in EIGHT.items() if code not in {"AK", "SCC"}},
    "AKIEC": ("AK", "SCC"),
}
"""The seven categories of HAM10000: its `akiec` holds what ISIC 2019 tells apart as AK and SCC."""
GROUPINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"isic2019": EIGHT, "ham10000": HAM10000}


class Report(BaseModel):
    """Metrics of one set of predictions over one grouping of the categories. Intervals are 95 %, by lesion."""

    model_config = ConfigDict(frozen=True)

    classes: tuple[str, ...]
    images: int
    lesions: int
    accuracy: float
    balanced_accuracy: float
    balanced_accuracy_interval: tuple[float, float]
    macro_auc: float
    malignancy_auc: float
    recall: dict[str, float]
    support: dict[str, int]
    confusion: tuple[tuple[int, ...], ...]


def evaluate(
    predictions: Predictions, decision: DecisionSpec, grouping: Mapping[str, tuple[str, ...]], *, seed: int = 0
) -> Report:
    """Grade predictions as the service would answer them. Probabilities of grouped categories are summed.

    Balanced accuracy is the mean recall over the categories present (ISIC 2019); the AUC of each category is taken
    against all others. Categories with no image in `predictions` count in no mean.
    """
    answers = decide(predictions.logits, [category.malignant for category in CATEGORIES], decision)
    membership = _membership(grouping)
    probabilities = answers.probabilities @ membership
    label = membership.argmax(axis=1)[predictions.label]
    guess = probabilities.argmax(axis=1)
    classes = tuple(grouping)
    seen = np.bincount(label, minlength=len(classes))
    hits = np.bincount(label[label == guess], minlength=len(classes))
    present = np.flatnonzero(seen)
    malignant = np.array([category.malignant for category in CATEGORIES])[predictions.label]
    return Report(
        classes=classes,
        images=len(label),
        lesions=len(set(predictions.lesion_id.tolist())),
        accuracy=float((label == guess).mean()),
        balanced_accuracy=float((hits[present] / seen[present]).mean()),
        balanced_accuracy_interval=interval(label, label == guess, predictions.lesion_id, len(classes), seed=seed),
        macro_auc=float(np.mean([_auc(label == k, probabilities[:, k]) for k in present])),
        malignancy_auc=_auc(malignant, answers.malignancy),
        recall={classes[k]: float(hits[k] / seen[k]) for k in present},
        support={classes[k]: int(seen[k]) for k in range(len(classes))},
        confusion=tuple(map(tuple, confusion_matrix(label, guess, labels=range(len(classes))).tolist())),
    )


def _membership(grouping: Mapping[str, tuple[str, ...]]) -> Floats:
    """(8, groups), 1 where a category belongs to a group."""
    table = np.array([[float(category.code in codes) for codes in grouping.values()] for category in CATEGORIES])
    if not (table.sum(axis=1) == 1).all():
        raise ValueError("A grouping must hold every category exactly once.")
    return table


def _auc(positive: npt.NDArray[np.bool_], score: Floats) -> float:
    return float(roc_auc_score(positive, score)) if 0 < positive.sum() < len(positive) else float("nan")


def interval(
    label: npt.NDArray[np.int64],
    hit: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.generic],
    classes: int,
    *,
    seed: int,
) -> tuple[float, float]:
    """Percentile bootstrap of the balanced accuracy, drawing groups (N,), lesions mostly, with all their images.

    Groups with the same images and hits per class are interchangeable, so the draws are made among kinds of groups:
    the same distribution for a hundredth of the memory.
    """
    names, member = np.unique(groups, return_inverse=True)
    profile = np.zeros((len(names), 2 * classes), np.int64)
    np.add.at(profile, (member, label), 1)
    np.add.at(profile, (member, classes + label), hit)
    kinds, counts = np.unique(profile, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(names), counts / len(names), BOOTSTRAPS) @ kinds
    seen, hits = drawn[:, :classes], drawn[:, classes:]
    # A draw may miss a rare class altogether; its recall is then of no account.
    recall = np.ma.masked_invalid(np.divide(hits, seen, out=np.full(seen.shape, np.nan), where=seen > 0))
    low, high = np.quantile(recall.mean(axis=1).filled(np.nan), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


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
            *(f"{value:.3f}" for value in (report.accuracy, report.macro_auc, report.malignancy_auc)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
