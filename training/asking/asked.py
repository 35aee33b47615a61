"""What came of asking somebody else than Keras about a part: a bundle's ONNX file, or the service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lesion.decision import SENSITIVITY, Outcome
from training.pipeline import InOrder
from training.predictions import Predictions


@dataclass(frozen=True)
class Asked:
    """`predictions` of the N images that were answered, in the order of the part.

    `outcomes`: N words as they were answered, at the operating point of `sensitivity`, None where only logits were.
    `rejected`: image id → why, of those that were refused as pictures. `shift_known`: false where logits are known up
    to one constant an image, which no probability depends on.
    """

    predictions: Predictions
    outcomes: tuple[Outcome, ...] | None = None
    sensitivity: float = SENSITIVITY
    rejected: Mapping[str, str] = field(default_factory=dict)
    shift_known: bool = True


def predictions_of(part: InOrder, logits: npt.NDArray[np.floating], places: Sequence[int] | None = None) -> Predictions:
    """Logits (n, C) of the images of a part at `places` (n,), by default of all, under their ids and labels."""
    chosen = np.arange(len(part.records)) if places is None else np.asarray(places, np.int64)
    records = [part.records[place] for place in chosen.tolist()]
    return Predictions(
        np.array([record.image_id for record in records], np.str_),
        np.array([record.lesion_id or record.image_id for record in records], np.str_),
        part.labels[chosen],
        logits.astype(np.float32),
        np.array(part.target.categories),
    )
