"""Sizes come from headers, upright; what is no image is named."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lesion.diagnosis import CODES
from training.catalog import Catalog, Record
from training.datareport.sizes import UNREADABLE, Size, describe_sizes, read_sizes
from training.errors import InvalidData

Make = Callable[..., Record]


@pytest.fixture
def catalog(tmp_path: Path, make_record: Make) -> Catalog:
    """A wide JPEG, one that lies on its side, a tall PNG, and a text."""
    images = tmp_path / "images"
    images.mkdir()
    Image.new("RGB", (60, 40)).save(images / "ISIC_9000000.jpg")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (60, 40)).save(images / "ISIC_9000001.jpg", exif=turned)
    Image.new("RGB", (30, 90)).save(images / "ISIC_9000002.png")
    (images / "ISIC_9000003.jpg").write_bytes(b"no image")
    files = ("ISIC_9000000.jpg", "ISIC_9000001.jpg", "ISIC_9000002.png", "ISIC_9000003.jpg")
    return Catalog([make_record(n, file=file, source="s") for n, file in enumerate(files)], images)


EXPECTED = [Size(60, 40), Size(40, 60), Size(30, 90), None]


def test_a_folder(catalog: Catalog) -> None:
    assert read_sizes(catalog) == EXPECTED


def test_a_zip(catalog: Catalog, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "images.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in catalog.images.iterdir():
            archive.write(path, path.name)
    assert read_sizes(Catalog(catalog.records, tmp_path / "images.zip")) == EXPECTED


def test_only_the_header_is_read(catalog: Catalog) -> None:
    path = catalog.images / "ISIC_9000000.jpg"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"\xff\xda") + 20])  # cut off where the pixels begin
    assert read_sizes(catalog) == EXPECTED


def test_a_file_that_is_not_there_is_an_error(catalog: Catalog, tmp_path: Path) -> None:
    (catalog.images / "ISIC_9000002.png").unlink()
    with pytest.raises(FileNotFoundError):
        read_sizes(catalog)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(InvalidData, match=r"does not hold ISIC_9000000\.jpg"):
        read_sizes(Catalog(catalog.records, tmp_path / "empty.zip"))
    with pytest.raises(InvalidData, match="folder or a zip"):
        read_sizes(Catalog(catalog.records, tmp_path / "nothing"))


def test_sizes_are_counted(catalog: Catalog) -> None:
    told = describe_sizes(catalog.records, EXPECTED, CODES)
    assert told.by_source.rows == ("30×90", "40×60", "60×40", UNREADABLE)
    assert told.by_source.row_totals == (1, 1, 1, 1)
    assert told.by_category.count("60×40", "NV") == 1
    assert told.aspect_by_source.rows == ("0.33", "0.67", "1.50", "not stated")
    assert told.unreadable == ("ISIC_9000003",)
