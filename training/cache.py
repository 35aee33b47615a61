"""Every image prepared once, by the function that prepares it for serving, into one memory-mapped array.

    <cache>/<key>/pixels.npy   uint8 (N, S, S, 3), rows in catalog order
    <cache>/.<key>.partial/    the same while it is filled, with done.npy, bool (N,): the rows that are there
    <cache>/.<key>.lock        held by the process that fills it

The key is a hash of the image spec, of every image's id and content, and of the pixel path itself (its source and
Pillow's version): whatever changes, the folder is a new one. A folder without a dot is whole. One that was interrupted
is filled on from where it was: a row is marked only after its pixels are on disk. All of it may be deleted at any time.

Threads, not processes: hashing, decoding and resizing let go of Python's lock, while processes have to start and cost
twice the CPU (`benchmarks.cache`).
"""

import hashlib
import math
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL
from filelock import FileLock
from tqdm import tqdm

import lesion.image
from lesion.image import ImageSpec, InvalidImage, Pixels, load
from training import cores
from training.catalog import Catalog, Record, content_hash
from training.errors import InvalidData

Rows = npt.NDArray[np.int64]

PIXELS_FILE, DONE_FILE = "pixels.npy", "done.npy"
CHUNK = 512
"""Images between two marks: what an interruption loses at most."""
GROUP = 16
"""Images a thread takes at a time."""
PROBE = 4 * GROUP
"""Images prepared by one thread to see what they take."""
SMALL_SECONDS = 4e-4
"""Images that take less are prepared by one thread: several would spend more on Python's lock than they gain."""


def build(catalog: Catalog, spec: ImageSpec, directory: Path, *, chunk: int = CHUNK) -> Pixels:
    """The catalog's pixels as a read-only memory map, uint8 (N, S, S, 3). Prepares what is not there yet.

    Raises `InvalidData` naming every image that is missing, does not decode or is not the one that was imported.
    """
    key = _key(catalog, spec)
    target, shape = directory / key, (len(catalog), spec.size, spec.size, 3)
    if not target.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / f".{key}.lock"):
            if not target.is_dir():  # otherwise another process filled it while this one waited
                partial = directory / f".{key}.partial"
                _fill(catalog, spec, _Partial(partial, shape), chunk)
                partial.rename(target)
                (target / DONE_FILE).unlink()
    pixels: Pixels = np.load(target / PIXELS_FILE, mmap_mode="r")
    if pixels.shape != shape or pixels.dtype != np.uint8:
        raise InvalidData(f"{target} is damaged: expected uint8 {shape}, received {pixels.dtype} {pixels.shape}.")
    return pixels


def _key(catalog: Catalog, spec: ImageSpec) -> str:
    path = Path(lesion.image.__file__).read_bytes()
    content = f"{spec.model_dump_json()} {content_hash(catalog)} {PIL.__version__} ".encode() + path
    return hashlib.sha256(content).hexdigest()[:16]


def _fill(catalog: Catalog, spec: ImageSpec, partial: "_Partial", chunk: int) -> None:
    rows = partial.missing()
    bar = tqdm(total=len(catalog), initial=len(catalog) - len(rows), desc=f"preparing {spec.size} px", unit="img")
    with catalog.open_images() as read, ThreadPoolExecutor(cores.granted()) as threads, bar:
        preparation = _Preparation(catalog, spec, read, partial.pixels)
        each: Callable[..., Iterable[list[bool]]] = map
        marking = threads.submit(partial.mark, rows[:0])
        for start, end in pairwise([0, *range(PROBE, len(rows), chunk), len(rows)]):
            filled = list[bool]()
            for good in each(preparation.fill, _groups(rows[start:end])):
                filled += good
                bar.update(len(good))
            # Written to disk while the next chunk is prepared.
            marking.result()
            marking = threads.submit(partial.mark, rows[start:end][filled])
            if preparation.seconds > SMALL_SECONDS:
                each = threads.map
        marking.result()
    if failed := sorted(preparation.failed):
        raise InvalidData(f"{len(failed)} of {len(catalog)} images cannot be used:\n" + "\n".join(failed))


def _groups(rows: Rows) -> list[Rows]:
    return [rows[start : start + GROUP] for start in range(0, len(rows), GROUP)]


@dataclass
class _Preparation:
    """Fills rows of `pixels`, and keeps what is wrong with the images of those it could not fill."""

    catalog: Catalog
    spec: ImageSpec
    read: Callable[[Record], bytes]
    pixels: Pixels
    failed: list[str] = field(default_factory=list)
    seconds: float = math.inf
    """An image, in the quickest group."""

    def fill(self, rows: Rows) -> list[bool]:
        """Which of the rows could be filled. Several threads may call at once."""
        begun = time.perf_counter()
        filled = [self._fill(row) for row in rows]
        self.seconds = min(self.seconds, (time.perf_counter() - begun) / len(rows))
        return filled

    def _fill(self, row: int) -> bool:
        record = self.catalog.records[row]
        try:
            data = self.read(record)
            if hashlib.sha256(data).hexdigest() != record.sha256:
                raise InvalidData(f"{record.file} was changed after the import")  # noqa: TRY301 - beside the others
            self.pixels[row] = load(data, self.spec)
        except (InvalidImage, InvalidData, FileNotFoundError) as error:
            self.failed.append(f"{record.image_id}: {error}")
            return False
        return True


class _Partial:
    """A folder that is being filled."""

    def __init__(self, folder: Path, shape: tuple[int, ...]) -> None:
        """Open what was begun, or begin. Raises `InvalidData` when the disk has no room for it."""
        if not (folder / DONE_FILE).is_file():
            self._begin(folder, shape)
        self.pixels: np.memmap[Any, np.dtype[np.uint8]] = np.load(folder / PIXELS_FILE, mmap_mode="r+")
        self.done: np.memmap[Any, np.dtype[np.bool_]] = np.load(folder / DONE_FILE, mmap_mode="r+")

    @staticmethod
    def _begin(folder: Path, shape: tuple[int, ...]) -> None:
        shutil.rmtree(folder, ignore_errors=True)  # interrupted before its first row
        folder.mkdir()
        needed, free = math.prod(shape), shutil.disk_usage(folder).free
        if needed > free:  # without room, a write to a memory map ends the process
            raise InvalidData(f"The prepared images need {needed / 1e9:.1f} GB in {folder}. Free: {free / 1e9:.1f} GB.")
        np.lib.format.open_memmap(folder / PIXELS_FILE, mode="w+", dtype=np.uint8, shape=shape)
        aside = folder / f"aside-{DONE_FILE}"
        np.save(aside, np.zeros(shape[0], bool))
        aside.rename(folder / DONE_FILE)  # last: where it is, both are whole

    def missing(self) -> Rows:
        """Rows still to be prepared."""
        return np.flatnonzero(~self.done)

    def mark(self, rows: Rows) -> None:
        """Rows are prepared: first their pixels go to disk, then that they are there."""
        self.pixels.flush()
        self.done[rows] = True
        self.done.flush()
