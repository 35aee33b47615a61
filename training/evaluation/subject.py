"""A model that can be asked, and the images of one part: what the tests of weaknesses work on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lesion.patient import MetadataSpec
from training.catalog import Record
from training.target import Target

Images = npt.NDArray[np.uint8]
"""uint8 (N, S, S, 3), RGB."""
Metadata = npt.NDArray[np.float32]
"""float32 (N, K), as `lesion.patient.encode` gives it."""
Logits = npt.NDArray[np.float32]
"""float32 (N, L), as in `Predictions`: one column a category, or a single one."""
Ask = Callable[[Images, Metadata], Logits]


@dataclass(frozen=True)
class Subject:
    """`images`, `metadata` and `records` are of the same N images in the same order, that of the predictions.

    `ask` answers any images of that size, in batches of its own making.
    """

    ask: Ask
    images: Images
    metadata: Metadata
    records: Sequence[Record]
    metadata_spec: MetadataSpec
    target: Target

    def __post_init__(self) -> None:
        """Raises `ValueError` when images, metadata and records are not equally many."""
        counts = (len(self.images), len(self.metadata), len(self.records))
        if len(set(counts)) != 1:
            raise ValueError(f"Images, metadata and records must be of the same images. Received {counts}.")
