"""ISIC 2018 with each of its tables, alone and together; what AKIEC is; and tables that contradict each other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lesion.diagnosis import CODES
from tests.paths import data_file
from tests.training.importers.layouts import draw_images, write_csv, write_truth
from training.catalog import Catalog, LeftOut
from training.errors import InvalidData
from training.importers.isic2018 import METADATA_COLUMNS, Tables, import_isic2018, read_tables

SEVEN = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
LABELS = {f"ISIC_{24306 + place:07d}": label for place, label in enumerate((*SEVEN, "NV", "AKIEC"))}
AKIEC_IDS = [image for image, label in LABELS.items() if label == "AKIEC"]
IN_2019 = LABELS | {AKIEC_IDS[0]: "AK", AKIEC_IDS[1]: "SCC"}
TEST_IMAGE = "ISIC_0034524"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files as the challenge and the Dataverse publish them."""
    write_truth(tmp_path / "GroundTruth.csv", SEVEN, LABELS)
    write_truth(tmp_path / "GroundTruth2019.csv", (*CODES, "UNK"), IN_2019)
    groupings = ("image", "lesion_id", "diagnosis_confirm_type")
    write_csv(
        tmp_path / "Groupings.csv",
        groupings,
        [dict(zip(groupings, (image, f"HAM_{image[5:]}", "histopathology"), strict=True)) for image in LABELS],
    )
    write_csv(tmp_path / "metadata", (*METADATA_COLUMNS, "dataset"), [row(*item) for item in LABELS.items()])
    draw_images(tmp_path / "images", {f"{image}.jpg": label for image, label in IN_2019.items()})
    return tmp_path


def row(image: str, label: str) -> dict[str, object]:
    cells = (image, f"HAM_{image[5:]}", label.lower(), "histo", "60.0", "male", "back", "vidir_modern")
    return dict(zip((*METADATA_COLUMNS, "dataset"), cells, strict=True))


def imported(folder: Path, **tables: str) -> Catalog:
    return import_isic2018(tables_of(folder, **tables), folder / "images", license="none")


def tables_of(folder: Path, *, truth: str = "GroundTruth.csv", **tables: str) -> Tables:
    return read_tables(folder / truth, **{name: folder / file for name, file in tables.items()})


def test_ground_truth_alone_gives_labels_and_leaves_akiec_out(folder: Path) -> None:
    catalog = imported(folder)
    assert [record.label for record in catalog.records] == ["MEL", "NV", "BCC", "BKL", "DF", "VASC", "NV"]
    assert {(record.lesion_id, record.age, record.sex, record.site) for record in catalog.records} == {
        ("", None, None, None)
    }
    reason = "dx 'akiec': AK and Bowen's disease (SCC) in one; the ISIC 2019 ground truth tells them apart"
    assert catalog.left_out == tuple(LeftOut(image, reason) for image in AKIEC_IDS)


def test_all_tables_together(folder: Path) -> None:
    catalog = imported(folder, groupings="Groupings.csv", metadata="metadata", isic2019="GroundTruth2019.csv")
    assert {record.image_id: record.label for record in catalog.records} == IN_2019
    assert catalog.left_out == ()
    first = catalog.records[0]
    assert (first.lesion_id, first.age, first.sex, first.site) == ("HAM_0024306", 60, "male", "posterior torso")
    assert (first.source, first.stated_diagnosis, first.stated_site) == ("HAM10000", "mel", "back")
    assert first.confirmation == "histopathology"


def test_the_dataverse_s_table_is_a_ground_truth_too(folder: Path) -> None:
    write_csv(
        folder / "Test.csv",
        METADATA_COLUMNS,
        [{key: value for key, value in row(TEST_IMAGE, "nv").items() if key != "dataset"} | {"localization": "trunk"}],
    )
    draw_images(folder / "test", {f"{TEST_IMAGE}.jpg": "NV"})
    record = import_isic2018(tables_of(folder, truth="Test.csv"), folder / "test", license="none").records[0]
    assert (record.label, record.lesion_id, record.confirmation) == ("NV", "HAM_0034524", "histo")
    assert (record.site, record.stated_site, record.source) == (None, "trunk", "ISIC 2018")


def test_integer_cells_names_with_endings_and_a_bom(folder: Path) -> None:
    write_truth(folder / "plain.csv", SEVEN, {f"{image}.jpg": label for image, label in LABELS.items()}, one="1")
    text = (folder / "plain.csv").read_text(encoding="utf-8")
    (folder / "plain.csv").write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig")
    assert tables_of(folder, truth="plain.csv") == tables_of(folder)


def edit(before: str, after: str) -> Callable[[str], str]:
    return lambda text: text.replace(before, after, 1)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("metadata", edit(",mel,", ",nv,"), r"dx of the metadata contradicts.* 1 images.*\['ISIC_0024306'\]"),
        ("metadata", edit("HAM_0024307", "HAM_0024306"), r"lesion_id of groupings and metadata.*ISIC_0024307"),
        ("GroundTruth2019.csv", edit("ISIC_0024306,1.0,0.0", "ISIC_0024306,0.0,1.0"), "ISIC 2019's category.*0024306"),
        ("metadata", edit("ISIC_0024306", "ISIC_0024999"), r"metadata lacks 1 images.*\['ISIC_0024306'\]"),
        ("Groupings.csv", edit("ISIC_0024306", "ISIC_0024999"), r"Groupings.csv lacks 1 images"),
        ("GroundTruth.csv", edit("ISIC_0024306,1.0,0.0", "ISIC_0024306,1.0,1.0"), "one category for ISIC_0024306"),
        ("GroundTruth.csv", edit("ISIC_0024306,1.0,0.0", "ISIC_0024306,0.5,0.0"), "Received {'MEL': 0.5}"),
        ("GroundTruth.csv", edit("AKIEC", "AK"), r"lacks columns \['AKIEC'\]"),
        ("metadata", edit("60.0", "sixty"), "age of ISIC_0024306 must be a number"),
        ("metadata", edit(",male,", ",M,"), "metadata of ISIC_0024306 is outside our vocabulary"),
    ],
)
def test_contradictions_and_holes_are_refused(
    folder: Path, file: str, change: Callable[[str], str], message: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert change(text) != text
    (folder / file).write_text(change(text), encoding="utf-8")
    with pytest.raises(InvalidData, match=message):
        imported(folder, groupings="Groupings.csv", metadata="metadata", isic2019="GroundTruth2019.csv")


def test_a_diagnosis_that_nobody_knows_leaves_its_image_out(folder: Path) -> None:
    text = (folder / "metadata").read_text(encoding="utf-8").replace(",df,", ",wart,")
    (folder / "metadata").write_text(text, encoding="utf-8")
    catalog = imported(folder, truth="metadata", isic2019="GroundTruth2019.csv")
    assert catalog.left_out == (LeftOut("ISIC_0024311", "dx 'wart' is not in the vocabulary"),)


@pytest.mark.data
def test_ham10000_as_published() -> None:
    tables = read_tables(
        data_file("HAM10000_metadata_with_dataset.csv"), isic2019=data_file("ISIC_2019_Training_GroundTruth.csv")
    )
    catalog = import_isic2018(tables, data_file("ham10000_200x150.zip"), license="CC BY-NC 4.0")
    assert (len(catalog), len(catalog.left_out)) == (10015, 0)
    assert sum(record.label == "AK" for record in catalog.records) == 130
    assert sum(record.site is None for record in catalog.records) == 1638
    assert sum(record.confirmation == "histo" for record in catalog.records) == 5340
