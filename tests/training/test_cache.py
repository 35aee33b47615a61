from pathlib import Path

import numpy as np
import pytest

from lesion.image import ImageSpec, load
from training import cache
from training.catalog import Catalog, InvalidData


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
    with pytest.raises(InvalidData, match=f"1 of 3 images do not decode:\n{catalog.records[1].image_id}"):
        cache.build(Catalog(catalog.records[:3], images), ImageSpec(size=24), tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
