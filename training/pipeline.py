"""Cache and catalog to batches of ((image, metadata), target), reproducible from (seed, epoch, batch). Knows no Keras.

A batch is ({"image": uint8 (B, S, S, 3), "metadata": float32 (B, K)}, float32 (B, C)). Targets are shares of the
categories (`training.target`): one-hot, unless pictures were mixed. Pixels are read from the memory map batch by batch,
never as a whole.
"""

import math

import numpy as np
import numpy.typing as npt

from lesion.image import Pixels
from lesion.patient import FIELDS, MetadataSpec, encode, hide
from training.augment import augment
from training.catalog import Record
from training.mixing import mix
from training.options.pipeline import Pipeline
from training.target import ISIC2019, Target, Targets

Inputs = dict[str, npt.NDArray[np.uint8] | npt.NDArray[np.float32]]
Batch = tuple[Inputs, Targets]


class Batches:
    """Random training batches without end: balanced draw, augmentation, hidden metadata."""

    def __init__(
        self,
        pixels: Pixels,
        records: list[Record],
        rows: list[int],
        spec: MetadataSpec,
        options: Pipeline,
        seed: int,
        target: Target = ISIC2019,
    ) -> None:
        """`rows` are the positions in `pixels` (and the catalog) that may be drawn; `records` are theirs, in order."""
        self.pixels, self.rows, self.spec = np.asarray(pixels), np.asarray(rows), spec
        self.options, self.seed = options, seed
        self.labels = target.positions(records)
        self.targets, self.metadata = target.targets(self.labels), encoded(records, spec)
        counts = np.bincount(self.labels, minlength=len(target.categories)).astype(np.float64)
        weight = np.zeros_like(counts)
        weight[counts > 0] = counts[counts > 0] ** -options.balance
        chance = weight[self.labels]
        self.chance = chance / chance.sum()
        members = target.members(self.labels)
        self.class_shares, self.class_counts = self.chance @ members, members.sum(axis=0).astype(np.int64)
        self._drawn = (0, self._draw(0))

    def __len__(self) -> int:
        """Batches an epoch; the last, incomplete one is left to the next draw."""
        return max(1, len(self.rows) // self.options.batch_size)

    def batch(self, step: int) -> Batch:
        """The batch of a step, counted through all epochs. Safe to call from several threads, in any order."""
        epoch, index = divmod(step, len(self))
        size = self.options.batch_size
        chosen = self.order(epoch)[index * size : (index + 1) * size]
        rng = np.random.default_rng((self.seed, epoch, index + 1))
        hidden = rng.random((len(chosen), len(FIELDS))) < self.options.metadata_dropout
        images, metadata = self.pixels[self.rows[chosen]], hide(self.metadata[chosen], hidden, self.spec)
        targets, options = self.targets[chosen], self.options.augmentation
        if options is not None:
            for place, image in enumerate(images):
                images[place] = augment(image, options, rng)
            images, metadata, targets = mix(images, metadata, targets, options, rng)
        return {"image": images, "metadata": metadata}, targets

    def order(self, epoch: int) -> npt.NDArray[np.int64]:
        """Places in `rows` in the order an epoch shows them, int64 (N,)."""
        drawn, order = self._drawn
        if drawn != epoch:
            order = self._draw(epoch)
            self._drawn = (epoch, order)
        return order

    def _draw(self, epoch: int) -> npt.NDArray[np.int64]:
        # A batch's generator ends in index + 1: a zero at the end would be no other seed than none.
        rng = np.random.default_rng((self.seed, epoch))
        if self.options.balance == 0:
            return rng.permutation(len(self.rows))
        # Systematic sampling: every image appears floor or ceil of its expected number of times.
        total = len(self.rows)
        ticks = np.cumsum(self.chance) * total
        drawn = np.searchsorted(ticks, np.arange(total) + rng.random(), side="right")
        return rng.permutation(np.minimum(drawn, total - 1))


class InOrder:
    """Every row of a part once, in order and as it is. The last batch may be smaller."""

    def __init__(
        self,
        pixels: Pixels,
        records: list[Record],
        rows: list[int],
        spec: MetadataSpec,
        batch_size: int = 64,
        target: Target = ISIC2019,
    ) -> None:
        """`rows` are the positions in `pixels`; `records` are theirs, in the same order."""
        self.pixels, self.records, self.rows = np.asarray(pixels), records, np.asarray(rows)
        self.spec = spec
        self.batch_size, self.target = batch_size, target
        self.labels = target.positions(records)
        self.targets, self.metadata = target.targets(self.labels), encoded(records, spec)

    def __len__(self) -> int:
        return math.ceil(len(self.rows) / self.batch_size)

    def places(self, step: int) -> slice:
        """Which of the records a batch holds."""
        return slice(step * self.batch_size, min((step + 1) * self.batch_size, len(self.rows)))

    def batch(self, step: int) -> Batch:
        """The batch of a step."""
        chosen = self.places(step)
        return {"image": self.pixels[self.rows[chosen]], "metadata": self.metadata[chosen]}, self.targets[chosen]


def encoded(records: list[Record], spec: MetadataSpec) -> npt.NDArray[np.float32]:
    """Metadata of all records, float32 (N, K)."""
    return np.stack([encode(record.patient, spec) for record in records])
