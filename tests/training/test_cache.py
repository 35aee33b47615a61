import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock

import numpy as np
import pytest

from lesion.image import ImageSpec, load
from tests.paths import ROOT
from training import cache
from training.catalog import Catalog, Record
from training.errors import InvalidData


def whole(directory: Path) -> list[Path]:
    """What is finished."""
    return [path for path in directory.iterdir() if not path.name.startswith(".")]


class Counted(Catalog):
    """Counts how often a file is read."""

    reads = 0

    @contextmanager
    def open_images(self) -> Iterator[Callable[[Record], bytes]]:
        with super().open_images() as read:

            def counted(record: Record) -> bytes:
                with self.lock:
                    self.reads += 1
                return read(record)

            self.lock = Lock()
            yield counted


def test_rows_are_what_serving_would_see(drawn: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(drawn / "drawn")
    spec = ImageSpec(size=24)
    pixels = cache.build(catalog, spec, tmp_path)
    assert pixels.shape == (320, 24, 24, 3)
    with catalog.open_images() as read:
        for row in (0, 57, 319):
            np.testing.assert_array_equal(pixels[row], load(read(catalog.records[row]), spec))


def test_it_is_built_once_and_again_when_the_spec_changes(drawn: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(drawn / "drawn")
    cache.build(catalog, ImageSpec(size=24), tmp_path)
    (built,) = whole(tmp_path)
    assert [path.name for path in built.iterdir()] == [cache.PIXELS_FILE]
    stamp = (built / "pixels.npy").stat().st_mtime_ns
    cache.build(catalog, ImageSpec(size=24), tmp_path)
    assert (built / "pixels.npy").stat().st_mtime_ns == stamp
    cache.build(catalog, ImageSpec(size=32), tmp_path)
    assert len(whole(tmp_path)) == 2


def test_an_image_that_does_not_decode_is_named_and_nothing_is_passed_off_as_whole(drawn: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(drawn / "drawn")
    images = tmp_path / "images"
    images.mkdir()
    for record in catalog.records[:3]:
        (images / record.file).write_bytes((catalog.images / record.file).read_bytes())
    (images / catalog.records[1].file).write_bytes(b"\xff\xd8 broken")
    broken = replace(catalog.records[1], sha256=hashlib.sha256(b"\xff\xd8 broken").hexdigest())
    records = (catalog.records[0], broken, catalog.records[2])
    with pytest.raises(InvalidData, match=f"1 of 3 images cannot be used:\n{broken.image_id}: The file is not"):
        cache.build(Catalog(records, images), ImageSpec(size=24), tmp_path / "cache")
    assert whole(tmp_path / "cache") == []


def test_an_image_exchanged_after_the_import_is_named(drawn: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(drawn / "drawn")
    first, second = catalog.records[:2]
    (tmp_path / "images").mkdir()
    for record in (first, second):
        (tmp_path / "images" / record.file).write_bytes((catalog.images / first.file).read_bytes())
    with pytest.raises(InvalidData, match=f"{second.image_id}: .* was changed after the import"):
        cache.build(Catalog((first, second), tmp_path / "images"), ImageSpec(size=24), tmp_path / "cache")


def test_once_the_image_is_back_only_it_is_prepared(drawn: Path, tmp_path: Path) -> None:
    catalog = Counted(Catalog.read(drawn / "drawn").records[:5], tmp_path / "images")
    (tmp_path / "images").mkdir()
    for record in catalog.records[1:]:
        (tmp_path / "images" / record.file).write_bytes((drawn / "drawn" / "images" / record.file).read_bytes())
    first = catalog.records[0]
    with pytest.raises(InvalidData, match=f"1 of 5 images cannot be used:\n{first.image_id}: "):
        cache.build(catalog, ImageSpec(size=24), tmp_path / "cache")
    data = (drawn / "drawn" / "images" / first.file).read_bytes()
    (tmp_path / "images" / first.file).write_bytes(data)
    catalog.reads = 0
    pixels = cache.build(catalog, ImageSpec(size=24), tmp_path / "cache")
    assert catalog.reads == 1
    np.testing.assert_array_equal(pixels[0], load(data, ImageSpec(size=24)))


KILLED_MIDWAY = """
import os, signal, sys, time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from lesion.image import ImageSpec
from training import cache
from training.catalog import Catalog


class Killed(Catalog):
    @contextmanager
    def open_images(self):
        with super().open_images() as read:

            def until_marked(record):
                if record is self.records[300]:
                    (done,) = directory.glob(f".*.partial/{cache.DONE_FILE}")
                    while np.load(done).sum() < cache.PROBE + 3 * 64:
                        time.sleep(0.01)
                    os.kill(os.getpid(), signal.SIGKILL)
                return read(record)

            yield until_marked


directory = Path(sys.argv[2])
catalog = Catalog.read(Path(sys.argv[1]))
cache.build(Killed(catalog.records, catalog.images), ImageSpec(size=24), directory, chunk=64)
"""


def test_killed_midway_it_goes_on_from_there(drawn: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_MIDWAY, str(drawn / "drawn"), str(tmp_path / "cache")]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert whole(tmp_path / "cache") == []

    catalog = Catalog.read(drawn / "drawn")
    again = Counted(catalog.records, catalog.images)
    resumed = cache.build(again, ImageSpec(size=24), tmp_path / "cache")
    assert again.reads == len(catalog) - cache.PROBE - 3 * 64
    np.testing.assert_array_equal(resumed, cache.build(catalog, ImageSpec(size=24), tmp_path / "uninterrupted"))


def test_interrupted_before_the_first_mark_it_starts_over(drawn: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(drawn / "drawn")
    small = Catalog(catalog.records[:3], catalog.images)
    expected = cache.build(small, ImageSpec(size=24), tmp_path)
    (built,) = whole(tmp_path)
    partial = tmp_path / "other" / f".{built.name}.partial"
    partial.mkdir(parents=True)
    (partial / cache.PIXELS_FILE).write_bytes((built / cache.PIXELS_FILE).read_bytes()[:100])
    np.testing.assert_array_equal(cache.build(small, ImageSpec(size=24), tmp_path / "other"), expected)


def test_two_at_a_time_prepare_each_image_once(drawn: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(drawn / "drawn")
    both = [Counted(catalog.records[:40], catalog.images) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(lambda given: cache.build(given, ImageSpec(size=24), tmp_path), both)
    assert sorted(given.reads for given in both) == [0, 40]
    np.testing.assert_array_equal(one, other)
