"""Batches for many devices: each one is cut in equal parts, and a process is given those of its own devices.

A batch that cannot be cut evenly is filled up with repeated images that weigh nothing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from training.hardware import Place
from training.loader import Source

Array = npt.NDArray[Any]


class Shard:
    """One process's part of a source of batches, each with the weights of its images, float32 (B,)."""

    def __init__(self, source: Source, place: Place) -> None:
        self.source, self.place = source, place

    def batch(self, step: int) -> tuple[dict[str, Array], Array, Array]:
        """See the class."""
        inputs, targets = self.source.batch(step)
        count, place = len(targets), self.place
        size = -(-count // place.devices) * place.devices
        rows = np.arange(size) % count
        weights = (np.arange(size) < count).astype(np.float32)
        share = size // place.processes
        mine = slice(place.process * share, (place.process + 1) * share)
        parts = {name: array[rows[mine]] for name, array in inputs.items()}
        return parts, targets[rows[mine]], weights[mine]
