"""Every image prepared once, by the function that prepares it for serving, into one memory-mapped array.

    <cache>/<key>/pixels.npy   uint8 (N, S, S, 3), rows in catalog order

The key is a hash of the image spec, of every image's id and content, and of the pixel path itself (its source and
Pillow's version): whatever changes, the folder is a new one. Written aside and renamed, so what is there is whole.
"""

import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL
from tqdm import tqdm

import lesion.image
from lesion.image import ImageSpec, InvalidImage, Pixels, load
from training.catalog import Catalog, Record, content_hash
from training.errors import InvalidData

PIXELS_FILE = "pixels.npy"


def build(catalog: Catalog, spec: ImageSpec, directory: Path) -> Pixels:
    """The catalog's pixels as a read-only memory map, uint8 (N, S, S, 3). Prepares them if they are not there yet.

    Raises `InvalidData` naming every image that does not decode or is not the one that was imported.
    """
    path = Path(lesion.image.__file__).read_bytes()
    content = f"{spec.model_dump_json()} {content_hash(catalog)} {PIL.__version__} ".encode() + path
    target = directory / hashlib.sha256(content).hexdigest()[:16]
    shape = (len(catalog), spec.size, spec.size, 3)
    if not target.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory, prefix=".aside-") as folder:
            aside = Path(folder) / target.name
            aside.mkdir()
            _fill(catalog, spec, aside / PIXELS_FILE, shape)
            try:
                aside.rename(target)
            except OSError:
                if not target.is_dir():  # otherwise another run built the same meanwhile
                    raise
    pixels: Pixels = np.load(target / PIXELS_FILE, mmap_mode="r")
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise InvalidData(f"{target} is damaged: expected uint8 {shape}, received {pixels.dtype} {pixels.shape}.")
    return pixels


def _fill(catalog: Catalog, spec: ImageSpec, path: Path, shape: tuple[int, ...]) -> None:
    pixels = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    failed: list[str] = []
    with catalog.open_images() as read, ThreadPoolExecutor() as threads:

        def fill(row: int, record: Record) -> None:
            data = read(record)
            if hashlib.sha256(data).hexdigest() != record.sha256:
                failed.append(f"{record.image_id}: {record.file} was changed after the import")
                return
            try:
                pixels[row] = load(data, spec)
            except InvalidImage as error:
                failed.append(f"{record.image_id}: {error}")

        jobs = threads.map(fill, range(len(catalog)), catalog.records)
        for _ in tqdm(jobs, total=len(catalog), desc=f"preparing {spec.size} px", unit="img"):
            pass
    if failed:
        raise InvalidData(f"{len(failed)} of {len(catalog)} images cannot be used:\n" + "\n".join(sorted(failed)))
    pixels.flush()
