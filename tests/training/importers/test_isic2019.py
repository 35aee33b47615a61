"""The official layout, its `_downsampled` names and its holes; and what must not pass silently."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.paths import data_file
from training.catalog import Catalog, LeftOut
from training.drawing import write_dataset
from training.errors import InvalidData
from training.importers.isic2019 import import_isic2019, source
from training.importers.table import isic_id


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    write_dataset(tmp_path, count=24, side=32, seed=3)
    return tmp_path


def imported(layout: Path, images: str = "images") -> Catalog:
    return import_isic2019(layout / "GroundTruth.csv", layout / "Metadata.csv", layout / images, license="none")


def test_rows_are_joined_by_id_and_survive_the_catalog_file(layout: Path) -> None:
    catalog = imported(layout)
    assert [record.image_id for record in catalog.records] == [f"ISIC_{number:07d}" for number in range(24)]
    assert {record.lesion_id for record in catalog.records if "_downsampled" in record.file}
    assert catalog.records[2].label == "NV"
    catalog.write(layout / "out")
    assert Catalog.read(layout / "out").records == catalog.records


def test_a_zip_gives_the_same_catalog(layout: Path) -> None:
    with zipfile.ZipFile(layout / "images.zip", "w") as archive:
        for path in (layout / "images").iterdir():
            archive.write(path, f"ISIC_2019_Training_Input/{path.name}")
    zipped = imported(layout, "images.zip")
    assert [(r.image_id, r.sha256) for r in zipped.records] == [
        (r.image_id, r.sha256) for r in imported(layout).records
    ]
    with zipped.open_images() as read:
        assert read(zipped.records[0]) == (layout / "images" / "ISIC_0000000.jpg").read_bytes()


def test_an_image_without_a_row_is_named(layout: Path) -> None:
    shutil.copy(layout / "images" / "ISIC_0000000.jpg", layout / "images" / "ISIC_0099999.jpg")
    with pytest.raises(InvalidData, match=r"ISIC_0099999.jpg has no row in the table"):
        imported(layout)


def test_rows_without_a_file_are_named(layout: Path) -> None:
    (layout / "images" / "ISIC_0000000.jpg").unlink()
    catalog = imported(layout)
    assert catalog.left_out == (LeftOut("ISIC_0000000", "no file in images"),)
    catalog.write(layout / "out")
    assert Catalog.read(layout / "out").left_out == catalog.left_out


def test_one_image_under_two_names_is_refused(layout: Path) -> None:
    shutil.copy(layout / "images" / "ISIC_0000000.jpg", layout / "images" / "ISIC_0000000_downsampled.jpg")
    with pytest.raises(InvalidData, match=r"must be unique.*ISIC_0000000"):
        imported(layout)


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        ("GroundTruth.csv", "image,MEL", "image,MELA", r"lacks columns \['MEL'\]"),
        ("GroundTruth.csv", "ISIC_0000000,1.0,0.0", "ISIC_0000000,1.0,1.0", "expected one category for ISIC_0000000"),
        ("GroundTruth.csv", "ISIC_0000000,1.0", "ISIC_0000000,0.0", r"one category for ISIC_0000000. Received \[\]"),
        ("GroundTruth.csv", "ISIC_0000000,", "ISIC_0000003,", "names ISIC_0000003 twice"),
        ("GroundTruth.csv", "ISIC_0000000,", "IMG_0000000,", "must begin with ISIC_"),
        ("Metadata.csv", "ISIC_0000000,", "ISIC_0000999,", "name different images"),
        ("Metadata.csv", ",DRAWN_0000000,", ",DRAWN_0000000", "Metadata.csv, line 2: other cells than the header"),
        ("Metadata.csv", "ISIC_0000001_downsampled,", "ISIC_0000001_downsampled,young", "must be a number or empty"),
        ("Metadata.csv", "ISIC_0000001_downsampled,", "ISIC_0000001_downsampled,9", "outside our vocabulary"),
    ],
)
def test_a_malformed_table_is_refused(layout: Path, file: str, before: str, after: str, message: str) -> None:
    text = (layout / file).read_text()
    assert before in text
    (layout / file).write_text(text.replace(before, after, 1))
    with pytest.raises(InvalidData, match=message):
        imported(layout)


def test_a_site_outside_the_vocabulary_is_refused(layout: Path) -> None:
    path = layout / "Metadata.csv"
    path.write_text(path.read_text().replace("head/neck", "nose"))
    with pytest.raises(InvalidData, match=r"outside our vocabulary(?s:.*)nose"):
        imported(layout)


def test_ids_and_sources() -> None:
    assert isic_id("ISIC_0012199_downsampled.jpg") == "ISIC_0012199"
    assert source("ISIC_0024306", "HAM_0000550") == "HAM10000"
    assert source("ISIC_0073254", "BCN_0000001") == "BCN_20000"
    assert source("ISIC_0010000", "MSK4_0000001") == "MSK"
    assert source("ISIC_0000000", "") == "other"


@pytest.mark.data
def test_ham10000_as_published() -> None:
    catalog = import_isic2019(
        data_file("ISIC_2019_Training_GroundTruth.csv"),
        data_file("ISIC_2019_Training_Metadata.csv"),
        data_file("ham10000_200x150.zip"),
        license="CC BY-NC 4.0",
    )
    counts = {
        code: sum(record.label == code for record in catalog.records) for code in ("NV", "AK", "SCC", "DF", "VASC")
    }
    assert len(catalog) == 10015
    assert counts == {"NV": 6705, "AK": 130, "SCC": 197, "DF": 115, "VASC": 142}
    assert len({record.lesion_id for record in catalog.records}) == 7470
