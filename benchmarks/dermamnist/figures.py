"""The two official figures, and balanced accuracy beside them, written from their definitions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from sklearn.metrics import roc_auc_score

from lesion.decision import Floats, softmax
from training.predictions import Predictions


@dataclass(frozen=True)
class Figures:
    """AUC: mean over the classes of the area under the ROC curve of each against all others. ACC: the share of pictures
    whose most probable class is theirs. Balanced accuracy: mean over the classes of the share of its pictures.
    """

    auc: float
    accuracy: float
    balanced_accuracy: float

    @classmethod
    def of(cls, predictions: Sequence[Predictions]) -> Self:
        """Of one network, or of several whose probabilities are averaged.

        Raises `ValueError` when they are of different pictures, or a class has no picture.
        """
        label = predictions[0].label
        if any(each.image_id.tolist() != predictions[0].image_id.tolist() for each in predictions):
            raise ValueError("Networks are averaged over the same pictures. Received others.")
        probabilities: Floats = np.mean([softmax(each.logits.astype(np.float64)) for each in predictions], axis=0)
        right, classes = probabilities.argmax(axis=1) == label, range(probabilities.shape[1])
        if set(classes) != set(label.tolist()):
            raise ValueError(
                f"Every class needs a picture. Expected {list(classes)}. Received {sorted(set(label.tolist()))}."
            )
        return cls(
            auc=float(np.mean([roc_auc_score(label == k, probabilities[:, k]) for k in classes])),
            accuracy=float(right.mean()),
            balanced_accuracy=float(np.mean([right[label == k].mean() for k in classes])),
        )


NAMES = tuple(field.name for field in fields(Figures))
