import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lesion.image import ImageSpec, load
from training import cache
from training.catalog import Catalog
from training.errors import InvalidData


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
    (built,) = tmp_path.iterdir()
    stamp = (built / "pixels.npy").stat().st_mtime_ns
    cache.build(catalog, ImageSpec(size=24), tmp_path)
    assert (built / "pixels.npy").stat().st_mtime_ns == stamp
    cache.build(catalog, ImageSpec(size=32), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_an_image_that_does_not_decode_is_named_and_leaves_nothing(drawn: Path, tmp_path: Path) -> None:
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
    assert not list((tmp_path / "cache").iterdir())


def test_an_image_exchanged_after_the_import_is_named(drawn: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(drawn / "drawn")
    first, second = catalog.records[:2]
    (tmp_path / "images").mkdir()
    for record in (first, second):
        (tmp_path / "images" / record.file).write_bytes((catalog.images / first.file).read_bytes())
    with pytest.raises(InvalidData, match=f"{second.image_id}: .* was changed after the import"):
        cache.build(Catalog((first, second), tmp_path / "images"), ImageSpec(size=24), tmp_path / "cache")
