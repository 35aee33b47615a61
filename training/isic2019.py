"""Import of the official ISIC 2019 layout: two CSV files and a folder or zip of images.

The ground truth has one column a category (MEL … SCC, UNK), one of them 1; the metadata has age_approx, sex,
anatom_site_general and lesion_id, each of which may be empty. 2,074 file names end in `_downsampled`: rows are joined
by the ISIC id, the first 12 characters. The image folder may hold a part of the images (HAM10000 alone, say); every
file must have its row.
"""

import csv
import hashlib
import re
from pathlib import Path
from typing import TypeVar

from lesion.diagnosis import CODES, UNKNOWN_CODE
from training.catalog import Catalog, InvalidData, Record, image_files, open_images

ISIC_ID = re.compile(r"ISIC_[0-9]{7}(?![0-9])")
HAM10000_IDS = range(24306, 34321)
BCN20000_IDS = range(53454, 73255)
T = TypeVar("T")


def import_isic2019(ground_truth: Path, metadata: Path, images: Path, *, license: str) -> Catalog:  # noqa: A002
    """Join ground truth, metadata and image files by ISIC id.

    Raises `InvalidData` when a file has no row, a row is malformed, or the two CSV files name different images.
    """
    labels = _read_labels(ground_truth)
    facts = _read_facts(metadata)
    if labels.keys() != facts.keys():
        odd = sorted(labels.keys() ^ facts.keys())
        raise InvalidData(f"Ground truth and metadata name different images: {len(odd)}, such as {odd[:3]}.")
    with open_images(images) as read:
        records = [
            _record(file, labels, facts, hashlib.sha256(read(file)).hexdigest(), license)
            for file in image_files(images)
        ]
    if not records:
        raise InvalidData(f"No image files in {images}.")
    return Catalog(records, images)


def _record(file: str, labels: dict[str, str], facts: dict[str, dict[str, str]], content: str, license: str) -> Record:  # noqa: A002
    image_id = isic_id(Path(file).name)
    if image_id not in labels:
        raise InvalidData(f"{file} has no row in the ground truth. Expected one for {image_id}.")
    row = facts[image_id]
    try:
        record = Record(
            image_id=image_id,
            lesion_id=row["lesion_id"],
            label=labels[image_id],
            age=float(row["age_approx"]) if row["age_approx"] else None,
            sex=row["sex"] or None,
            site=row["anatom_site_general"] or None,
            source=source(image_id, row["lesion_id"]),
            license=license,
            sha256=content,
            file=file,
        )
        record.patient  # noqa: B018 - reading it checks age, sex and site against our vocabulary
    except ValueError as error:
        raise InvalidData(f"The metadata of {image_id} is outside our vocabulary: {error}") from error
    return record


def read_table(ground_truth: Path, metadata: Path) -> dict[str, tuple[str, str, str]]:
    """image id → (label, lesion id, source) from the CSV files alone, for splits that cover images not at hand."""
    labels, facts = _read_labels(ground_truth), _read_facts(metadata)
    return {
        image_id: (label, facts[image_id]["lesion_id"], source(image_id, facts[image_id]["lesion_id"]))
        for image_id, label in labels.items()
    }


def isic_id(name: str) -> str:
    """The 12 characters `ISIC_` and seven digits that begin a name. Raises `InvalidData` otherwise."""
    if not ISIC_ID.match(name):
        raise InvalidData(f"Image names must begin with ISIC_ and seven digits. Received {name!r}.")
    return name[:12]


def source(image_id: str, lesion_id: str) -> str:
    """Archive an ISIC 2019 image comes from, by its number range and lesion id prefix."""
    number = int(image_id[5:])
    if number in HAM10000_IDS:
        return "HAM10000"
    if number in BCN20000_IDS:
        return "BCN_20000"
    return "MSK" if lesion_id.startswith("MSK") else "other"


def _read_labels(path: Path) -> dict[str, str]:
    labels: dict[str, str] = {}
    for row in _rows(path, ("image", *CODES)):
        hot = [code for code in (*CODES, UNKNOWN_CODE) if float(row.get(code) or 0) == 1]
        if len(hot) != 1 or hot == [UNKNOWN_CODE]:
            raise InvalidData(f"{path.name}: expected one category for {row['image']}. Received {hot}.")
        _insert(labels, isic_id(row["image"]), hot[0], path)
    return labels


def _read_facts(path: Path) -> dict[str, dict[str, str]]:
    facts: dict[str, dict[str, str]] = {}
    for row in _rows(path, ("image", "age_approx", "anatom_site_general", "lesion_id", "sex")):
        _insert(facts, isic_id(row["image"]), row, path)
    return facts


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise InvalidData(f"{path.name} lacks columns {missing}. Received {reader.fieldnames}.")
        rows = list(reader)
    for row in rows:
        if None in row or None in row.values():
            raise InvalidData(
                f"{path.name}: {row['image']} has other cells than the header. Expected {len(columns)} or more."
            )
    return rows


def _insert(table: dict[str, T], key: str, value: T, path: Path) -> None:
    if key in table:
        raise InvalidData(f"{path.name} names {key} twice.")
    table[key] = value
