"""Building the cache against a plain Pillow loop and against decoding alone: images/s, and CPU an image.

    python -m benchmarks.cache [--data data/ham10000] [--size 224] [--processes]

The ways take turns, several rounds; medians, and the ratio to the plain loop within each round. The cache also checks
every file's hash and writes what it prepares to disk. With --processes also a pool of processes, for comparison.
"""

import argparse
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.lesions import catalog as find
from lesion.image import ImageSpec, load
from training import cache
from training.catalog import Catalog


def plain_loop(catalog: Catalog, size: int) -> None:
    """What one would write first: open, convert, resize, into an array in memory."""
    pixels = np.empty((len(catalog), size, size, 3), np.uint8)
    with catalog.open_images() as read:
        for row, record in enumerate(catalog.records):
            image = Image.open(io.BytesIO(read(record))).convert("RGB")
            pixels[row] = np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))


def decode_alone(catalog: Catalog, size: int) -> None:
    """What no way can do without: read and decode, at the scale our own path asks for, on one thread."""
    with catalog.open_images() as read:
        for record in catalog.records:
            image = Image.open(io.BytesIO(read(record)))
            image.draft(None, (size, size))
            image.load()


def build(catalog: Catalog, size: int, scratch: Path) -> None:
    """Ours, from nothing."""
    cache.build(catalog, ImageSpec(size=size), Path(tempfile.mkdtemp(dir=scratch)))


def in_processes(catalog: Catalog, size: int, scratch: Path) -> None:
    """A process a core in place of our threads. Without hashes, and without asking the disk to keep it."""
    rows, path = range(len(catalog)), scratch / "pixels.npy"
    np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(len(catalog), size, size, 3))
    chunks = [rows[start : start + cache.CHUNK] for start in range(0, len(catalog), cache.CHUNK)]
    # Not forked: a training run has threads already, TensorFlow's.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(_prepare, catalog, size, path), chunks))


def _prepare(catalog: Catalog, size: int, path: Path, rows: range) -> None:
    pixels = np.load(path, mmap_mode="r+")
    with catalog.open_images() as read:
        for row in rows:
            pixels[row] = load(read(catalog.records[row]), ImageSpec(size=size))


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and CPU seconds, those of finished children included."""
    before, begun = os.times(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - begun, os.times()
    return wall, sum(after[:4]) - sum(before[:4])


def main() -> None:
    """Measure and print, one JSON line a way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of a catalog (default: drawn lesions, 600×450)")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--images", type=int, default=400, help="how many at most")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", action="store_true", help="also a pool of processes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole = find(options.data, Path(folder), options.images)
        catalog = Catalog(whole.records[: options.images], whole.images)
        ways: dict[str, Callable[[], None]] = {
            "plain Pillow loop": partial(plain_loop, catalog, options.size),
            "decode alone, one thread": partial(decode_alone, catalog, options.size),
            "cache": partial(build, catalog, options.size, Path(folder)),
        }
        if options.processes:
            ways["processes"] = partial(in_processes, catalog, options.size, Path(folder))
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for turn in range(options.rounds + 1):
            for name, way in ways.items():
                seconds = timed(way)
                if turn:  # the first fills the file cache
                    taken[name].append(seconds)
    for name, times in taken.items():
        ratios = [plain[0] / own[0] for plain, own in zip(taken["plain Pillow loop"], times, strict=True)]
        row = {
            "way": name,
            "images": len(catalog),
            "images_per_s": round(len(catalog) / statistics.median(wall for wall, _ in times)),
            "cpu_us_per_image": round(statistics.median(cpu for _, cpu in times) / len(catalog) * 1e6),
            "speed_over_plain_loop": round(statistics.median(ratios), 2),
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
