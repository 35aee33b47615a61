"""Cache and catalog to batches of ((image, metadata), label), reproducible from (seed, epoch, batch)."""

import keras
import numpy as np
import numpy.typing as npt

from lesion.diagnosis import CODES
from lesion.image import Pixels
from lesion.patient import MetadataSpec, Patient, encode
from training.augment import augment
from training.catalog import Record
from training.config import Pipeline

Inputs = dict[str, npt.NDArray[np.uint8] | npt.NDArray[np.float32]]


class Batches(keras.utils.PyDataset):  # type: ignore[misc] # Keras ships no types
    """Random training batches: balanced draw, augmentation, metadata dropout.

    Yields ({"image": uint8 (B, S, S, 3), "metadata": float32 (B, K)}, int32 (B,)). Works on every Keras backend.
    """

    def __init__(
        self, pixels: Pixels, records: list[Record], rows: list[int], spec: MetadataSpec, options: Pipeline, seed: int
    ) -> None:
        """`rows` are the positions in `pixels` (and the catalog) that may be drawn; `records` are theirs, in order."""
        super().__init__(workers=1)
        self.pixels, self.records, self.rows, self.spec = pixels, records, np.asarray(rows), spec
        self.options, self.seed, self.epoch = options, seed, 0
        self.labels = labels(records)
        counts = np.bincount(self.labels, minlength=len(CODES)).astype(np.float64)
        weight = np.zeros_like(counts)
        weight[counts > 0] = counts[counts > 0] ** -options.balance
        chance = weight[self.labels]
        self.chance = chance / chance.sum()
        self.class_shares = np.bincount(self.labels, self.chance, minlength=len(CODES))
        self.order = self._draw()

    def __len__(self) -> int:
        """Batches an epoch; the last, incomplete one is left to the next draw."""
        return max(1, len(self.rows) // self.options.batch_size)

    def __getitem__(self, index: int) -> tuple[Inputs, npt.NDArray[np.int32]]:
        size = self.options.batch_size
        chosen = self.order[index * size : (index + 1) * size]
        rng = np.random.default_rng((self.seed, self.epoch, index))
        images = self.pixels[self.rows[chosen]]
        if self.options.augmentation is not None:
            options = self.options.augmentation
            images = np.stack([augment(image, options, rng) for image in images])
        metadata = np.stack([encode(self._hide(self.records[place].patient, rng), self.spec) for place in chosen])
        return {"image": images, "metadata": metadata}, self.labels[chosen]

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order."""
        self.epoch += 1
        self.order = self._draw()

    def _draw(self) -> npt.NDArray[np.int64]:
        rng = np.random.default_rng((self.seed, self.epoch))
        if self.options.balance == 0:
            return rng.permutation(len(self.rows))
        # Systematic sampling: every image appears floor or ceil of its expected number of times.
        total = len(self.rows)
        ticks = np.cumsum(self.chance) * total
        drawn = np.searchsorted(ticks, np.arange(total) + rng.random(), side="right")
        return rng.permutation(np.minimum(drawn, total - 1))

    def _hide(self, patient: Patient, rng: np.random.Generator) -> Patient:
        hidden = rng.random(3) < self.options.metadata_dropout
        names = ("age", "sex", "site")
        return patient.model_copy(update={name: None for name, hide in zip(names, hidden, strict=True) if hide})


def labels(records: list[Record]) -> npt.NDArray[np.int32]:
    """Class positions int32 (N,) in `CODES` order."""
    return np.array([CODES.index(record.label) for record in records], np.int32)


def inputs(pixels: Pixels, records: list[Record], rows: list[int], spec: MetadataSpec) -> Inputs:
    """All of a part at once, as it is: {"image": uint8 (N, S, S, 3), "metadata": float32 (N, K)}."""
    return {"image": pixels[rows], "metadata": np.stack([encode(record.patient, spec) for record in records])}
