"""Several catalogs made one, so that one run can learn from all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from training.catalog import Catalog, Facts, Record
from training.errors import InvalidData

IMAGES_FOLDER = "images"


@dataclass(frozen=True)
class Merged:
    """The catalog; images that several hold, of which the first one's file is kept, and how many had another file; and
    how many ids of lesions and patients several share.
    """

    catalog: Catalog
    repeated: tuple[str, ...]
    other_files: int
    shared_lesions: int
    shared_patients: int


def merge(catalogs: Mapping[str, Catalog], out: Path) -> Merged:
    """Copy the images of named catalogs to `out`/images/<name>/ and join their rows, the first catalog's first.

    An image of several is taken from the first; what that one does not say of it, from those after. One id of a lesion
    or patient is taken to mean one in all of them. Raises `InvalidData` when two catalogs contradict each other on an
    image: its label, lesion or patient.
    """
    kept: dict[str, tuple[str, Record]] = {}
    repeated, other_files = [], 0
    for name, catalog in catalogs.items():
        for record in catalog.records:
            if record.image_id in kept:
                kept[record.image_id] = _completed(kept[record.image_id], (name, record))
                repeated.append(record.image_id)
                other_files += record.sha256 != kept[record.image_id][1].sha256
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
        other_files,
        _shared([{record.lesion_id for record in catalog.records} for catalog in catalogs.values()]),
        _shared([{record.patient_id for record in catalog.records} for catalog in catalogs.values()]),
    )


def _completed(one: tuple[str, Record], other: tuple[str, Record]) -> tuple[str, Record]:
    """The first, with what it leaves open filled in from the other."""
    (mine, first), (theirs, second) = one, other
    for fact in ("label", "lesion_id", "patient_id"):
        said, told = getattr(first, fact), getattr(second, fact)
        if said and told and said != told:
            raise InvalidData(
                f"{fact} of {first.image_id} is {said} in {mine} and {told} in {theirs}. Settle it first, in the "
                "table that is wrong."
            )
    names = [field.name for field in fields(Facts)]
    open_ones = [name for name in names if getattr(first, name) in {"", None}]
    return mine, replace(first, **{name: getattr(second, name) for name in open_ones})


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
