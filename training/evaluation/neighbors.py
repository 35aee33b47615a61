"""The training images that a model finds most alike: what it may have learned an answer from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from training.catalog import Record
from training.evaluation import photograph
from training.evaluation.answers import Integers
from training.evaluation.subject import Images
from training.splits import Leak

Features = npt.NDArray[np.float32]
"""float32 (N, D): what the last layer of a model reads, pooled over positions."""

CHUNK = 512
"""Queries compared at a time: of 20,000 training images, 40 MB of similarities."""


class Neighbor(BaseModel):
    """A training image that is alike."""

    model_config = ConfigDict(frozen=True)

    image_id: str
    picture: str = Field(description="Its name among the pictures, a JPEG.")
    label: str = Field(description="Its category by the label.")
    similarity: float = Field(description="Cosine of the angle between the features of both, -1 to 1.")


@dataclass(frozen=True)
class Learned:
    """The training images: `features` (M, D), `rows` int64 (M,) in `pixels`, and records, of the same M in order."""

    features: Features
    pixels: Images
    rows: Integers
    records: Sequence[Record]

    def __post_init__(self) -> None:
        """Raises `ValueError` when features, rows and records are not equally many."""
        counts = (len(self.features), len(self.rows), len(self.records))
        if len(set(counts)) != 1:
            raise ValueError(f"Features, rows and records must be of the same images. Received {counts}.")

    def image(self, place: int) -> Images:
        """The picture uint8 (S, S, 3) at a place."""
        return np.asarray(self.pixels[self.rows[place]])


@dataclass(frozen=True)
class Nearest:
    """For each of N queries the `k` most alike, most alike first: places int64 (N, k) in `learned`, cosines (N, k)."""

    learned: Learned
    places: Integers
    similarity: npt.NDArray[np.float32]

    def of(self, query: int) -> tuple[Neighbor, ...]:
        """Those of one query."""
        return tuple(
            Neighbor(
                image_id=self.learned.records[place].image_id,
                picture=photograph.name_of(self.learned.records[place].image_id),
                label=self.learned.records[place].label,
                similarity=similarity,
            )
            for place, similarity in zip(self.places[query].tolist(), self.similarity[query].tolist(), strict=True)
        )


def nearest(features: Features, records: Sequence[Record], learned: Learned, count: int = 3) -> Nearest:
    """The `count` training images most alike to each of N images, of which these are features (N, D) and records.

    Each of another lesion: a second picture of the same adds nothing.
    Raises `Leak` when a lesion of theirs is among the training images: its own picture would prove nothing.
    """
    _refuse_known(records, learned.records)
    queries, bank = _unit(features), _unit(learned.features)
    lesions = np.unique([_lesion(record) for record in learned.records], return_inverse=True)[1]
    count = min(count, len(np.unique(lesions)))
    places = np.empty((len(queries), count), np.int64)
    similarity = np.empty((len(queries), count), np.float32)
    for start in range(0, len(queries), CHUNK):
        rows = slice(start, start + CHUNK)
        cosine = queries[rows] @ bank.T
        places[rows] = [_distinct(order, lesions, count) for order in np.argsort(-cosine, axis=1, kind="stable")]
        similarity[rows] = np.take_along_axis(cosine, places[rows], axis=1)
    return Nearest(learned, places, similarity)


def _distinct(order: Integers, lesions: Integers, count: int) -> Integers:
    """The first `count` of the places in `order` (M,) whose lesions (M,) have not come before."""
    _, first = np.unique(lesions[order], return_index=True)
    return order[np.sort(first)[:count]]


def _refuse_known(records: Sequence[Record], learned: Sequence[Record]) -> None:
    known = {_lesion(record) for record in learned}
    shared = sorted(record.image_id for record in records if _lesion(record) in known)
    if shared:
        raise Leak(
            f"Neighbors are looked for among images of other lesions. {len(shared)} images show a lesion that is "
            f"among the training images, such as {shared[:3]}."
        )


def _lesion(record: Record) -> str:
    return record.lesion_id or record.image_id


def _unit(features: Features) -> Features:
    length = np.linalg.norm(features, axis=1, keepdims=True)
    scaled: Features = features / np.maximum(length, np.finfo(np.float32).tiny)
    return scaled
