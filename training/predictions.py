"""Predictions as arrays: the seam that every metric reads, whoever made them. Needs no Keras."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lesion.diagnosis import CODES
from training.target import Target

FOLDER = "predictions"


@dataclass(frozen=True)
class Predictions:
    """What a model said of N images.

    image_id (N,), lesion_id (N,) (the image id where there is none), label int32 (N,), a position in categories (L,),
    and logits float32 (N, L), or (N, 1) of a model that tells malignant from not.
    """

    image_id: npt.NDArray[np.str_]
    lesion_id: npt.NDArray[np.str_]
    label: npt.NDArray[np.int32]
    logits: npt.NDArray[np.float32]
    categories: npt.NDArray[np.str_] = field(default_factory=lambda: np.array(CODES))

    def __post_init__(self) -> None:
        """Raises `ValueError` when the arrays do not speak of the same images and categories."""
        rows, columns = len(self.image_id), len(self.categories)
        given = (self.image_id.shape, self.lesion_id.shape, self.label.shape, self.logits.shape[:1])
        if given != ((rows,),) * 4 or self.logits.shape[1:] not in {(columns,), (1,)}:
            shapes = (*given[:3], self.logits.shape)
            raise ValueError(
                f"Arrays do not fit. Expected (N,), (N,), (N,), (N, {columns}) or (N, 1). Received {shapes}."
            )
        if rows and not 0 <= self.label.min() <= self.label.max() < columns:
            raise ValueError(
                f"Labels are positions in {columns} categories. Received {sorted(set(self.label.tolist()))}."
            )

    def take(self, positions: npt.NDArray[np.int64]) -> "Predictions":
        """Those at some positions (n,), in their order."""
        rows = ("image_id", "lesion_id", "label", "logits")
        return replace(self, **{name: getattr(self, name)[positions] for name in rows})

    def write(self, path: Path) -> None:
        """Write predictions/<part>.npz."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def read(cls, path: Path) -> "Predictions":
        """Read what `write` wrote."""
        with np.load(path) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})


def one_a_lesion(predictions: Predictions) -> npt.NDArray[np.int64]:
    """Positions (lesions,), ascending, of one image of each lesion.

    Which one depends on nothing but the image ids, and is as good as drawn: the least sha256 of its id.
    """
    order = np.argsort([hashlib.sha256(name.encode()).hexdigest() for name in predictions.image_id.tolist()])
    _, first = np.unique(predictions.lesion_id[order], return_index=True)
    return np.sort(order[first])


def classes_of(predictions: Predictions, target: Target) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Logits float64 (N, C) over the target's classes and the class int64 (N,) of each image.

    A single logit z is the two logits (0, z). Raises `ValueError` on predictions of other categories.
    """
    if tuple(predictions.categories) != target.categories:
        raise ValueError(f"Expected predictions of {target.categories}. Received {tuple(predictions.categories)}.")
    logits = predictions.logits.astype(np.float64)
    if target.kind == "malignancy":
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    return logits, target.members(predictions.label).argmax(axis=1)
