"""Several catalogs made one, so that one run can learn from all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.catalog import Catalog, Record
from training.errors import InvalidData

IMAGES_FOLDER = "images"


@dataclass(frozen=True)
class Merged:
    """The catalog; images that several catalogs hold, of which the first one's is kept; and ids that several share."""

    catalog: Catalog
    repeated: tuple[str, ...]
    shared_lesions: int
    shared_patients: int


def merge(catalogs: Mapping[str, Catalog], out: Path) -> Merged:
    """Copy the images of named catalogs to `out`/images/<name>/ and join their rows, the first catalog's first.

    An image of several is taken from the first. One id of a lesion or patient is taken to mean one in all of them.
    Raises `InvalidData` when two catalogs contradict each other on the label of an image.
    """
    kept: dict[str, tuple[str, Record]] = {}
    repeated = []
    for name, catalog in catalogs.items():
        for record in catalog.records:
            if record.image_id in kept:
                _expect_same_label(kept[record.image_id], (name, record))
                repeated.append(record.image_id)
            else:
                kept[record.image_id] = name, record
    records = [
        moved
        for name, catalog in catalogs.items()
        for moved in _copied(catalog, [record for owner, record in kept.values() if owner == name], out, name)
    ]
    left_out = {
        item.image_id: item for catalog in catalogs.values() for item in catalog.left_out if item.image_id not in kept
    }
    return Merged(
        Catalog(records, out / IMAGES_FOLDER, tuple(left_out.values())),
        tuple(repeated),
        _shared([{record.lesion_id for record in catalog.records} for catalog in catalogs.values()]),
        _shared([{record.patient_id for record in catalog.records} for catalog in catalogs.values()]),
    )


def _expect_same_label(one: tuple[str, Record], other: tuple[str, Record]) -> None:
    if one[1].label != other[1].label:
        raise InvalidData(
            f"{one[1].image_id} is {one[1].label} in {one[0]} and {other[1].label} in {other[0]}. Settle it first, in "
            "the table that is wrong."
        )


def _copied(catalog: Catalog, records: Sequence[Record], out: Path, name: str) -> list[Record]:
    with catalog.open_images() as read:
        for record in records:
            path = out / IMAGES_FOLDER / name / record.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(read(record))
    return [replace(record, file=f"{name}/{record.file}") for record in records]


def _shared(ids: Sequence[set[str]]) -> int:
    """How many ids stand in more than one of the sets."""
    return len({each for place, one in enumerate(ids) for other in ids[place + 1 :] for each in one & other} - {""})
