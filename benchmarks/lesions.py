"""Photographs to measure with: a catalog of drawn lesions in HAM10000's size, where no real one is named."""

import hashlib
from pathlib import Path

import numpy as np

from lesion.diagnosis import CODES
from training.catalog import Catalog, Record
from training.drawing import draw, patient

SIZE = (600, 450)


def drawn(directory: Path, count: int) -> Catalog:
    """`count` JPEG files of drawn lesions in `directory`, of every category and with a patient each."""
    rng = np.random.default_rng(0)
    directory.mkdir(parents=True, exist_ok=True)
    records = []
    for number in range(count):
        category, file = CODES[number % len(CODES)], directory / f"{number:05d}.jpg"
        draw(category, SIZE, rng).save(file, quality=90)
        facts = patient(category, rng).model_dump()
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        records.append(Record(image_id=file.stem, label=category, sha256=digest, file=file.name, **facts))
    return Catalog(records, directory)


def unpacked(catalog: Catalog, folder: Path, count: int) -> Catalog:
    """The first `count` images of a catalog as files in a folder."""
    folder.mkdir()
    records = catalog.records[:count]
    with catalog.open_images() as read:
        for record in records:
            (folder / record.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / record.file).write_bytes(read(record))
    return Catalog(records, folder)


def catalog(data: Path | None, scratch: Path, count: int) -> Catalog:
    """The catalog in `data`, without images of no category; or `count` drawn lesions below `scratch`."""
    return Catalog.read(data).of_categories() if data else drawn(scratch / "drawn", count)
