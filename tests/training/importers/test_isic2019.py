"""The official layout, its `_downsampled` names and its holes; and what must not pass silently."""

import shutil
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from lesion.diagnosis import CODES
from lesion.patient import SITES
from tests.paths import data_file
from tests.training.importers.layouts import write_csv, write_truth
from training.catalog import Catalog, LeftOut
from training.drawing import write_dataset
from training.errors import InvalidData
from training.importers.isic2019 import import_isic2019, read_facts, source
from training.importers.table import isic_id, read_rows


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    write_dataset(tmp_path, count=24, side=32, seed=3)
    return tmp_path


def imported(layout: Path, images: str = "images") -> Catalog:
    return import_isic2019(layout / "GroundTruth.csv", layout / "Metadata.csv", layout / images, license="none")


def test_rows_are_joined_by_id_and_survive_the_catalog_file(layout: Path) -> None:
    catalog = imported(layout)
    assert [record.image_id for record in catalog.records] == [f"ISIC_{9_000_000 + number}" for number in range(24)]
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
        assert read(zipped.records[0]) == (layout / "images" / "ISIC_9000000.jpg").read_bytes()


def test_an_image_without_a_row_is_named(layout: Path) -> None:
    shutil.copy(layout / "images" / "ISIC_9000000.jpg", layout / "images" / "ISIC_0099999.jpg")
    with pytest.raises(InvalidData, match=r"ISIC_0099999.jpg has no row in the table"):
        imported(layout)


def test_rows_without_a_file_are_named(layout: Path) -> None:
    (layout / "images" / "ISIC_9000000.jpg").unlink()
    catalog = imported(layout)
    assert catalog.left_out == (LeftOut("ISIC_9000000", "no file in images"),)
    catalog.write(layout / "out")
    assert Catalog.read(layout / "out").left_out == catalog.left_out


def test_one_image_under_two_names_is_refused(layout: Path) -> None:
    shutil.copy(layout / "images" / "ISIC_9000000.jpg", layout / "images" / "ISIC_9000000_downsampled.jpg")
    with pytest.raises(InvalidData, match=r"must be unique.*ISIC_9000000"):
        imported(layout)


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        ("GroundTruth.csv", "image,MEL", "image,MELA", r"lacks columns \['MEL'\]"),
        ("GroundTruth.csv", "ISIC_9000000,1.0,0.0", "ISIC_9000000,1.0,1.0", "expected one category for ISIC_9000000"),
        ("GroundTruth.csv", "ISIC_9000000,1.0", "ISIC_9000000,0.0", "one category for ISIC_9000000, as 1. Received {}"),
        ("GroundTruth.csv", "ISIC_9000000,1.0", "ISIC_9000000,0.9", r"Received {'MEL': 0.9}"),
        ("GroundTruth.csv", "ISIC_9000000,", "ISIC_9000003,", "names ISIC_9000003 twice"),
        ("GroundTruth.csv", "ISIC_9000000,", "IMG_0000000,", "must begin with ISIC_"),
        ("Metadata.csv", "ISIC_9000000,", "ISIC_9000999,", "name different images"),
        ("Metadata.csv", ",DRAWN_0000000,", ",DRAWN_0000000", "Metadata.csv, line 2: other cells than the header"),
        ("Metadata.csv", "ISIC_9000001_downsampled,", "ISIC_9000001_downsampled,young", "must be a number or empty"),
        ("Metadata.csv", "ISIC_9000001_downsampled,", "ISIC_9000001_downsampled,9", "outside our vocabulary"),
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


def test_the_test_set_s_tables(layout: Path) -> None:
    """Weights of the score, unknowns, no lesion ids, integer cells, names with endings; Windows' marks and ends."""
    labels = {f"ISIC_{9_000_000 + number}": label for number, label in enumerate((*CODES, "UNK", *CODES, *CODES))}
    labels = dict(list(labels.items())[:24])
    truth = write_truth(
        layout / "truth.csv", (*CODES, "UNK"), {f"{name}.jpg": code for name, code in labels.items()}, "1"
    )
    lines = truth.read_text(encoding="utf-8").splitlines()
    weighted = [f"{lines[0]},score_weight,validation_weight", *(f"{line},1.0,0.0" for line in lines[1:])]
    truth.write_text("\r\n".join(weighted) + "\r\n", encoding="utf-8-sig", newline="")
    facts = read_rows(layout / "Metadata.csv", ())
    without_lesions = ("image", "age_approx", "anatom_site_general", "sex")
    write_csv(layout / "test.csv", without_lesions, [{key: row[key] for key in without_lesions} for row in facts])
    catalog = import_isic2019(truth, layout / "test.csv", layout / "images", license="none")
    assert {record.image_id: record.label for record in catalog.records} == labels
    assert {record.lesion_id for record in catalog.records} == {""}
    assert len(catalog.of_categories()) == 23


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


@pytest.mark.data
def test_the_whole_training_set_at_84_px() -> None:
    catalog = import_isic2019(
        data_file("ISIC_2019_Training_GroundTruth.csv"),
        data_file("ISIC_2019_Training_Metadata.csv"),
        data_file("isic2019_84x84.zip"),
        license="CC BY-NC 4.0",
    )
    assert len(catalog) == 25299
    assert {item.reason for item in catalog.left_out} == {"no file in isic2019_84x84.zip"}
    assert Counter(record.source for record in catalog.records)["BCN_20000"] == 12381


@pytest.mark.data
def test_the_real_test_set_s_metadata_are_within_our_vocabulary(tmp_path: Path) -> None:
    metadata = data_file("ISIC_2019_Test_Metadata.csv")
    labels = {row["image"]: "UNK" for row in read_rows(metadata, ("image",))}
    facts = read_facts(write_truth(tmp_path / "truth.csv", (*CODES, "UNK"), labels), metadata)
    assert len(facts) == 8238
    assert {item.patient.site for item in facts.values()} <= {*SITES, None}
