"""Predictions as arrays: the seam that every metric reads, whoever made them. Needs no Keras."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lesion.diagnosis import CODES

FOLDER = "predictions"


@dataclass(frozen=True)
class Predictions:
    """image_id (N,), lesion_id (N,) (the image id where there is none), label int32 (N,), logits float32 (N, C)."""

    image_id: npt.NDArray[np.str_]
    lesion_id: npt.NDArray[np.str_]
    label: npt.NDArray[np.int32]
    logits: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        """Raises `ValueError` when the arrays do not speak of the same images."""
        rows = len(self.image_id)
        shapes = (self.image_id.shape, self.lesion_id.shape, self.label.shape, self.logits.shape)
        if shapes != ((rows,), (rows,), (rows,), (rows, len(CODES))):
            raise ValueError(f"Arrays do not fit. Expected (N,), (N,), (N,), (N, {len(CODES)}). Received {shapes}.")

    def write(self, path: Path) -> None:
        """Write predictions/<part>.npz."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, image_id=self.image_id, lesion_id=self.lesion_id, label=self.label, logits=self.logits)

    @classmethod
    def read(cls, path: Path) -> "Predictions":
        """Read what `write` wrote."""
        with np.load(path) as arrays:
            return cls(arrays["image_id"], arrays["lesion_id"], arrays["label"], arrays["logits"])
