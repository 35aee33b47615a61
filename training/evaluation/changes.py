"""The changes that a model is put to the test with: of its pictures, of what it is told of the patients, of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lesion.patient import FIELDS, hide
from training.catalog import Record
from training.evaluation import alterations, painting
from training.evaluation.lesion_mask import lesion_masks
from training.evaluation.subject import Images, Metadata, Subject

Kind = Literal["reference", "region", "metadata", "painted"]

AS_IS, PICTURE_ONLY = "as it is", "picture only"
LESION_ONLY, WITHOUT_LESION = "lesion only", "without the lesion"


@dataclass(frozen=True)
class Change:
    """What a model is shown in place of N images as they are: uint8 (N, S, S, 3) and float32 (N, K), when called."""

    name: str
    kind: Kind
    shown: str
    images: Callable[[], Images]
    metadata: Callable[[], Metadata]


def changes(subject: Subject, *, seed: int) -> list[Change]:
    """All changes; the first changes nothing."""
    images, names = subject.images, [record.image_id for record in subject.records]
    lesions, mean = lesion_masks(images), alterations.mean_color(images)

    def given() -> Metadata:
        return subject.metadata

    def hidden() -> Metadata:
        return hide(subject.metadata, np.ones((len(images), len(FIELDS)), bool), subject.metadata_spec)

    def as_is() -> Images:
        return images

    def region(name: str, shown: str, altered: Callable[[], Images]) -> Change:
        return Change(name, "region", f"{shown}; no metadata", altered, hidden)

    def painted(name: str, shown: str, paint: painting.Paint) -> Change:
        return Change(name, "painted", shown, lambda: painting.painted(images, names, paint, seed=seed), given)

    return [
        Change(AS_IS, "reference", "pictures and metadata as they are", as_is, given),
        Change(PICTURE_ONLY, "metadata", "all metadata hidden", as_is, hidden),
        region(LESION_ONLY, "all but the lesion covered", lambda: alterations.lesion_only(images, lesions, mean)),
        region(
            WITHOUT_LESION,
            "the lesion, and the middle in any case, covered by the picture's own skin color",
            lambda: alterations.without_lesion(images, lesions),
        ),
        region(
            "border only",
            f"the outer {alterations.FRAME:.0%} of each side, the rest covered",
            lambda: alterations.border_only(images, mean),
        ),
        region(
            "corners only",
            "what lies outside the inscribed circle, the rest covered",
            lambda: alterations.corners_only(images, mean),
        ),
        Change(
            "metadata only",
            "metadata",
            "one color for every picture",
            lambda: alterations.plain(images, mean),
            given,
        ),
        Change(
            "metadata of others",
            "metadata",
            "each picture with the metadata of another patient, drawn by lot",
            as_is,
            lambda: subject.metadata[_others(subject.records, seed)],
        ),
        painted("ruler", "a ruler painted along a border of every picture", painting.ruler),
        painted("ink", "a surgical marker's violet ink painted around every lesion", painting.ink),
        painted("hair", "dark hairs painted across every picture", painting.hair),
        painted("dark corners", "a round dark surround painted on every picture", painting.dark_corners),
    ]


def _others(records: Sequence[Record], seed: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """int64 (N,): for every image the place of one of another patient (or lesion), the same for all of one's own."""
    own = [record.patient_id or record.lesion_id or record.image_id for record in records]
    _, first, member = np.unique(own, return_index=True, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(first))
    follower = np.empty_like(order)
    follower[order] = np.roll(order, 1)
    places: np.ndarray[tuple[int], np.dtype[np.int64]] = first[follower[member]]
    return places
