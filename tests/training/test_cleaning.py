"""The four rules, each on a drawn catalog that breaks it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from training.__main__ import main
from training.catalog import Catalog
from training.cleaning import clean
from training.drawing import write_dataset
from training.images import file_hashes
from training.importers.isic2019 import import_isic2019


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """24 drawn images; the first lesion of each category is there twice."""
    write_dataset(tmp_path, count=24, side=96, seed=3)
    return tmp_path


def imported(directory: Path) -> Catalog:
    return import_isic2019(
        directory / "GroundTruth.csv", directory / "Metadata.csv", directory / "images", license="none"
    )


def relabeled(catalog: Catalog, place: int, **changes: str) -> Catalog:
    records = [replace(record, **changes) if n == place else record for n, record in enumerate(catalog.records)]  # type: ignore[arg-type]
    return Catalog(records, catalog.images, catalog.left_out)


def copy_over(directory: Path, source: int, target: int, quality: int | None = None) -> Catalog:
    """Put one image into the place of another: the file itself, or a recompressed one."""
    catalog = imported(directory)
    files = [directory / "images" / catalog.records[place].file for place in (source, target)]
    if quality is None:
        files[1].write_bytes(files[0].read_bytes())
    else:
        Image.open(files[0]).save(files[1], quality=quality)
    return imported(directory)


def test_an_image_that_does_not_decode_is_dropped_and_named(directory: Path) -> None:
    broken = directory / "images" / "ISIC_9000002.jpg"
    broken.write_bytes(broken.read_bytes()[:-500])
    catalog = clean(imported(directory)).catalog
    assert [item.image_id for item in catalog.left_out] == ["ISIC_9000002"]
    assert "does not decode: The JPEG file is damaged or cut off" in catalog.left_out[0].reason
    assert len(catalog) == 23


def test_a_file_exchanged_after_the_import_is_dropped(directory: Path) -> None:
    catalog = imported(directory)
    (directory / "images" / "ISIC_9000002.jpg").write_bytes((directory / "images" / "ISIC_9000004.jpg").read_bytes())
    cleaned = clean(catalog).catalog
    assert [(item.image_id, item.reason) for item in cleaned.left_out] == [
        ("ISIC_9000002", "its file was changed after the import")
    ]


def test_one_file_under_two_categories_is_dropped_twice(directory: Path) -> None:
    cleaned = clean(copy_over(directory, 2, 9))
    catalog, found = cleaned.catalog, cleaned.pairs
    names = [(item.image_id, item.reason) for item in catalog.left_out]
    assert catalog.records[2].label != imported(directory).records[9].label
    assert names == [
        ("ISIC_9000002", "the identical file is under several categories: BKL, NV"),
        ("ISIC_9000009", "the identical file is under several categories: BKL, NV"),
    ]
    # A split of the whole table must know that they are one picture, though the catalog no longer holds them.
    assert [(pair.a, pair.b, pair.labels) for pair in found] == [("ISIC_9000002", "ISIC_9000009", "differ")]


def test_the_same_pixels_in_another_file_are_one_picture(directory: Path) -> None:
    catalog = imported(directory)
    first, second = (directory / "images" / catalog.records[place].file for place in (2, 3))
    # A comment changes the file, not the picture.
    data = first.read_bytes()
    second.write_bytes(data[:2] + b"\xff\xfe\x00\x06note" + data[2:])
    found = clean(imported(directory)).pairs
    assert [(pair.a, pair.b, pair.kind) for pair in found] == [("ISIC_9000002", "ISIC_9000003", "identical picture")]


def test_a_near_copy_is_kept_and_listed(directory: Path) -> None:
    cleaned = clean(copy_over(directory, 2, 9, quality=92))
    catalog, found = cleaned.catalog, cleaned.pairs
    assert cleaned.too_small == 0
    assert len(catalog) == 24
    assert [(pair.a, pair.b, pair.kind, pair.labels) for pair in found] == [
        ("ISIC_9000002", "ISIC_9000009", "near", "differ")
    ]


def test_of_tiny_pictures_only_identical_ones_are_paired(tmp_path: Path) -> None:
    write_dataset(tmp_path, count=12, side=32, seed=3)
    catalog = imported(tmp_path)
    first, second, third = (tmp_path / "images" / catalog.records[place].file for place in (2, 5, 7))
    second.write_bytes(first.read_bytes())
    Image.open(first).save(third, quality=92)
    cleaned = clean(imported(tmp_path))
    assert cleaned.too_small == 12
    assert [(pair.a, pair.b, pair.kind) for pair in cleaned.pairs] == [
        ("ISIC_9000002", "ISIC_9000005", "identical file")
    ]


def test_a_lesion_under_two_categories_is_dropped_whole(directory: Path) -> None:
    catalog = relabeled(imported(directory), 0, label="DF")
    cleaned = clean(catalog).catalog
    assert [(item.image_id, item.reason) for item in cleaned.left_out] == [
        (name, "its lesion DRAWN_0000000 is under several categories") for name in ("ISIC_9000000", "ISIC_9000001")
    ]


def test_the_command_rewrites_the_catalog_and_says_so(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy_over(directory, 2, 9).write(directory)
    assert main(["split", str(directory)]) == 1
    assert "python -m training clean" in capsys.readouterr().err
    assert main(["clean", str(directory)]) == 0
    told = capsys.readouterr().out
    assert "22 images kept, 2 dropped" in told
    assert "2: the identical file is under several categories" in told
    assert len(Catalog.read(directory)) == 22
    assert main(["split", str(directory)]) == 0
    assert "22 images in" in capsys.readouterr().out


def test_importing_anew_forgets_the_duplicates_found_before(directory: Path) -> None:
    imported(directory).write(directory)
    assert main(["clean", str(directory)]) == 0
    assert (directory / "duplicates.csv").is_file()
    imported(directory).write(directory)
    assert not (directory / "duplicates.csv").exists()


def test_hashes_are_of_the_files(directory: Path) -> None:
    catalog = imported(directory)
    names = [record.file for record in catalog.records]
    assert file_hashes(catalog.images, names) == [record.sha256 for record in catalog.records]
