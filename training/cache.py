"""Every image prepared once, by the function that prepares it for serving, into one memory-mapped array.

    <cache>/<key>/pixels.npy   uint8 (N, S, S, 3), rows in catalog order

The key is a hash of the image spec and of every image's id and content: a changed spec or source gets a new folder.
The folder is written aside and renamed, so what is there is whole.
"""

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lesion.image import ImageSpec, InvalidImage, Pixels, load
from training.catalog import Catalog, InvalidData, Record, content_hash

PIXELS_FILE = "pixels.npy"


def build(catalog: Catalog, spec: ImageSpec, directory: Path) -> Pixels:
    """The catalog's pixels as a read-only memory map, uint8 (N, S, S, 3). Prepares them if they are not there yet.

    Raises `InvalidData` naming every image that does not decode.
    """
    key = hashlib.sha256(f"{spec.model_dump_json()} {content_hash(catalog)}".encode()).hexdigest()[:16]
    target = directory / key
    shape = (len(catalog), spec.size, spec.size, 3)
    if not (target / PIXELS_FILE).is_file():
        aside = directory / f"{key}.{os.getpid()}.partial"
        aside.mkdir(parents=True)
        try:
            _fill(catalog, spec, aside / PIXELS_FILE, shape)
            aside.rename(target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    pixels: Pixels = np.load(target / PIXELS_FILE, mmap_mode="r")
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise InvalidData(f"{target} is damaged: expected uint8 {shape}, received {pixels.dtype} {pixels.shape}.")
    return pixels


def _fill(catalog: Catalog, spec: ImageSpec, path: Path, shape: tuple[int, ...]) -> None:
    pixels = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    failed: list[str] = []
    with catalog.open_images() as read, ThreadPoolExecutor() as threads:

        def fill(row: int, record: Record) -> None:
            try:
                pixels[row] = load(read(record), spec)
            except InvalidImage as error:
                failed.append(f"{record.image_id}: {error}")

        jobs = threads.map(fill, range(len(catalog)), catalog.records)
        for _ in tqdm(jobs, total=len(catalog), desc=f"preparing {spec.size} px", unit="img"):
            pass
    if failed:
        raise InvalidData(f"{len(failed)} of {len(catalog)} images do not decode:\n" + "\n".join(sorted(failed)))
    pixels.flush()
