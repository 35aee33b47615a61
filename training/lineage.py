"""What a run and all its ancestors have seen, and the gate that refuses a parent which saw a held-out lesion.

    runs/<name>/seen.csv    image_id, lesion_id, patient_id, sha256, part, run

The file holds the run's own images (train, validation and calibration; nobody learns from test) and, copied, those of
every run it learned from: initial weights, teachers, makers of pseudo-labels. So the chain is whole even where an
ancestor's folder is gone.

The rule: no image may be more held out here than an ancestor has already used it. What an ancestor trained on must be
in train; what chose its weights may be in train or validation; and so on along `PARTS`. Images are the same when they
share an id (every size of an ISIC image has one id), a file, a lesion, a patient, or a group of the split.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from training.catalog import Catalog, Facts
from training.errors import InvalidData
from training.importers.table import read_rows
from training.leaks import Listing, read
from training.splits import PARTS, Leak, Part, Splits, keys, part_named
from training.writing import write_csv

SEEN_FILE = "seen.csv"
COLUMNS = ("image_id", "lesion_id", "patient_id", "sha256", "part", "run")
USED: tuple[Part, ...] = ("train", "validation", "calibration")


@dataclass(frozen=True)
class Seen:
    """One image as one run used it."""

    image_id: str
    lesion_id: str
    patient_id: str
    sha256: str
    part: Part
    run: str


def of_run(run: str, catalog: Catalog, splits: Splits) -> list[Seen]:
    """What a run on this catalog and split uses."""
    return [
        Seen(record.image_id, record.lesion_id, record.patient_id, record.sha256, splits.parts[record.image_id], run)
        for record in catalog.records
        if splits.parts[record.image_id] in USED
    ]


def of_parents(parents: Sequence[Path]) -> list[Seen]:
    """What the parents and their ancestors have seen, each row once. Raises `InvalidData` when one does not tell."""
    return list(dict.fromkeys(row for parent in parents for row in _read(parent)))


def of_list(text: str, name: str) -> list[Seen]:
    """What weights from elsewhere were trained on, from a list that `leaks` can read (`PATH` or `PATH:part`)."""
    listing = read(text)
    return [_from_listing(image_id, listing, name) for image_id in listing.images]


def check(ancestors: Iterable[Seen], catalog: Catalog, splits: Splits) -> None:
    """Raises `Leak` naming the ancestor, the image and what it shares, when an image is held out that it has used."""
    held_out: dict[str, tuple[int, str]] = {}
    for image_id, part in splits.parts.items():
        _hold(held_out, (f"image {image_id}", f"group {splits.groups[image_id]}"), part, image_id)
    for record in catalog.records:
        _hold(held_out, keys(record, record.sha256), splits.parts[record.image_id], record.image_id)
    for seen in ancestors:
        for key in _keys(seen, splits):
            place, image_id = held_out.get(key, (0, ""))
            if place > PARTS.index(seen.part):
                raise Leak(
                    f"{seen.run} has used {seen.image_id} as {seen.part}; here {image_id}, the same {key}, is held out "
                    f"as {PARTS[place]}. A model that learns from {seen.run} would be graded on what it has seen."
                )


def write(seen: Sequence[Seen], run: Path) -> None:
    """Write seen.csv into the run's folder."""
    write_csv(run / SEEN_FILE, COLUMNS, map(astuple, seen))


def _read(run: Path) -> list[Seen]:
    path = run / SEEN_FILE
    if not path.is_file():
        raise InvalidData(f"{run} does not tell which images it has seen. Expected {path}: train it again.")
    seen = [
        Seen(
            image_id=row["image_id"],
            lesion_id=row["lesion_id"],
            patient_id=row["patient_id"],
            sha256=row["sha256"],
            part=part_named(row["part"], path),
            run=row["run"],
        )
        for row in read_rows(path, COLUMNS)
    ]
    if not any(row.part == "train" for row in seen):
        raise InvalidData(f"{path} is damaged: a run that trained on nothing cannot be. Train {run} again.")
    return seen


def _hold(held_out: dict[str, tuple[int, str]], names: Iterable[str], part: Part, image_id: str) -> None:
    if part == "unused":
        return
    for name in names:
        held_out[name] = max(held_out.get(name, (0, "")), (PARTS.index(part), image_id))


def _keys(seen: Seen, splits: Splits) -> list[str]:
    facts = Facts(image_id=seen.image_id, label="", lesion_id=seen.lesion_id, patient_id=seen.patient_id)
    group = splits.groups.get(seen.image_id)
    grouped = [] if group is None else [f"group {group}"]
    return [f"image {seen.image_id}", *keys(facts, seen.sha256), *grouped]


def _from_listing(image_id: str, listing: Listing, name: str) -> Seen:
    known = dict(key.split(" ", 1) for key in listing.images[image_id])
    return Seen(image_id, known.get("lesion", ""), known.get("patient", ""), known.get("file", ""), "train", name)
