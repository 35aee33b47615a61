"""How well out-of-fold probabilities tell the truth: the same measures as for a model (training/evaluate.py)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import roc_auc_score

from training.bootstrap import interval

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Grade(BaseModel):
    """Metrics over `classes`. The interval is 95 %, from a bootstrap of groups."""

    model_config = ConfigDict(frozen=True)

    classes: tuple[str, ...]
    images: int
    groups: int
    balanced_accuracy: float
    interval: tuple[float, float]
    chance: float
    macro_auc: float
    malignancy_auc: float | None
    recall: dict[str, float]

    @property
    def gain(self) -> float:
        """How far from chance (0) to always right (1)."""
        return (self.balanced_accuracy - self.chance) / (1 - self.chance)

    @property
    def beats_chance(self) -> bool:
        """Whether the whole interval lies above chance."""
        return self.interval[0] > self.chance


def grade(
    label: Integers,
    probabilities: Floats,
    groups: Integers,
    classes: Sequence[str],
    malignant: Sequence[str],
    *,
    seed: int,
) -> Grade:
    """Grade probabilities (N, C) of labels (N,), every class of which occurs. `groups` (N,) are drawn whole.

    `malignant` names the classes whose probabilities add up to malignancy; none for a target that has no such thing.
    """
    hit = probabilities.argmax(axis=1) == label
    ill = np.isin(classes, list(malignant))
    positive = ill[label]
    judged = 0 < positive.sum() < len(positive)
    return Grade(
        classes=tuple(classes),
        images=len(label),
        groups=len(np.unique(groups)),
        balanced_accuracy=float(np.mean([hit[label == k].mean() for k in range(len(classes))])),
        interval=interval(label, hit, groups, len(classes), seed=seed),
        chance=1 / len(classes),
        macro_auc=float(np.mean([roc_auc_score(label == k, probabilities[:, k]) for k in range(len(classes))])),
        malignancy_auc=float(roc_auc_score(positive, probabilities[:, ill].sum(axis=1))) if judged else None,
        recall={name: float(hit[label == k].mean()) for k, name in enumerate(classes)},
    )
