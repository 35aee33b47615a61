"""Import of DermaMNIST: HAM10000 at 28×28 px without ids, which are found by comparing pictures.

MedMNIST cut the central square out of HAM10000's 600×450 px and resized it. Its names, `DermaMNIST_<part>_<number>`,
hold the official split; its own lesion ids are placeholders. A picture that is known gets its ISIC id, and lesion and
label come from the catalog of HAM10000, so that the leakage gate sees that it is the same lesion. The official split
was made without regard to lesions: of the 1,997 test images that are known, 688 have their lesion in train.
"""

import csv
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from lesion.image import InvalidImage, decode
from training.catalog import DUPLICATES_FILE, Catalog, Facts, LeftOut, Record
from training.duplicates import Pair
from training.errors import InvalidData
from training.images import image_files, open_images
from training.importers.ham10000 import categories
from training.importers.isic2019 import HAM10000_IDS
from training.importers.join import join
from training.importers.pictures import Gray, detail, pair
from training.importers.table import ISIC_ID, read_rows
from training.vocabulary import Unmapped

SIDE = 28
NAME = re.compile(r"DermaMNIST_(train|val|test)_[0-9]+")
PARTS = {"train": "train", "val": "validation", "test": "test"}
"""The part in a name → the part of a split."""
_EDGE = 1 / 8
"""Of the width of a 4:3 picture, on either side of its central square."""
_AT_LEAST = 4 * SIDE
"""Decoded no smaller than this, so that resizing is ours, not the JPEG decoder's."""


def import_dermamnist(labels: Path, images: Path, ham10000: Catalog) -> Catalog:
    """Name every picture by its HAM10000 image; those without a sure match of the same diagnosis are left out.

    Raises `InvalidData` when a file has no row, a name is malformed, or `ham10000` holds none of HAM10000.
    """
    diagnoses = _read_diagnoses(labels)
    files = {PurePosixPath(file).stem: file for file in image_files(images)}
    names = [name for name in diagnoses if name in files]
    records = [record for record in ham10000.records if _of_ham10000(record)]
    if not names or not records:
        raise InvalidData(
            f"Expected pictures of DermaMNIST in {images} and of HAM10000 in its catalog. "
            f"Received {len(names)} and {len(records)}."
        )
    pairs, reasons = pair(
        detail(_pictures([files[name] for name in names], images, edge=0)),
        detail(_pictures([record.file for record in records], ham10000.images, edge=_EDGE)),
    )
    facts = {
        names[place]: _facts(records[match])
        for place, match in pairs.items()
        if _fits(diagnoses[names[place]], records[match].label)
    }
    other = [names[place] for place in pairs if names[place] not in facts]
    left_out = [
        *(LeftOut(name, f"no file in {images.name}") for name in diagnoses if name not in files),
        *(LeftOut(names[place], f"no sure match: {reason}") for place, reason in reasons.items()),
        *(LeftOut(name, "no sure match: what it resembles has another diagnosis") for name in other),
    ]
    return join(facts, images, left_out=left_out)


def write_official(catalog: Catalog, path: Path) -> None:
    """Write the official split of a catalog of DermaMNIST: image_id, part (train, validation or test)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["image_id", "part"])
        rows.writerows(
            [record.image_id, PARTS[PurePosixPath(record.file).stem.split("_")[1]]] for record in catalog.records
        )


def carry_duplicates(ham10000: Path, catalog: Catalog, directory: Path) -> bool:
    """Write what is known of HAM10000's duplicates beside a catalog of DermaMNIST; false when nobody has looked there.

    They are the same pictures, and at 28 px there is too little detail to look for duplicates anew.
    """
    known = ham10000 / DUPLICATES_FILE
    if not known.is_file():
        return False
    ids = {record.image_id for record in catalog.records}
    columns = [field.name for field in fields(Pair)]
    with (directory / DUPLICATES_FILE).open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, columns, lineterminator="\n")
        rows.writeheader()
        rows.writerows(row for row in read_rows(known, columns) if {row["a"], row["b"]} <= ids)
    return True


def _read_diagnoses(path: Path) -> dict[str, str]:
    """Name → dx."""
    diagnoses: dict[str, str] = {}
    for row in read_rows(path, ("image_id", "dx")):
        name = row["image_id"]
        if not NAME.fullmatch(name):
            raise InvalidData(
                f"{path.name}: names must be DermaMNIST_, train, val or test, _number. Received {name!r}."
            )
        if name in diagnoses:
            raise InvalidData(f"{path.name} names {name} twice.")
        diagnoses[name] = row["dx"]
    return diagnoses


def _of_ham10000(record: Record) -> bool:
    return bool(ISIC_ID.fullmatch(record.image_id)) and int(record.image_id[5:]) in HAM10000_IDS


def _facts(record: Record) -> Facts:
    return Facts(**{field.name: getattr(record, field.name) for field in fields(Facts)})


def _fits(dx: str, label: str) -> bool:
    try:
        return label in categories(dx)
    except Unmapped:
        return False


def _pictures(files: Sequence[str], images: Path, *, edge: float) -> list[Gray]:
    """Gray, uint8 (28, 28) each, without a share `edge` of the width on either side; on all cores."""
    with open_images(images) as read, ThreadPoolExecutor() as threads:

        def picture(file: str) -> Gray:
            try:
                image = decode(read(file), at_least=_AT_LEAST)
            except InvalidImage as error:
                raise InvalidData(f"{file} does not decode: {error}") from error
            box = (edge * image.width, 0, (1 - edge) * image.width, image.height)
            return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC, box))

        return list(threads.map(picture, files))
