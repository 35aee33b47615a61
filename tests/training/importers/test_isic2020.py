"""ISIC 2020's three tables; of most images it is known only that they are benign."""

from pathlib import Path

import pytest

from tests.training.importers.layouts import draw_images, write_csv
from training.catalog import Catalog, LeftOut
from training.errors import InvalidData
from training.importers.isic2020 import COLUMNS, import_isic2020

LESIONS = (*COLUMNS[:2], "lesion_id", *COLUMNS[2:])
"""As in ISIC_2020_Training_GroundTruth_v2.csv."""
ROWS = {
    "ISIC_2637011": ("IP_1", "IL_1", "male", "45.0", "head/neck", "nevus", "benign", "0"),
    "ISIC_0015719": ("IP_2", "IL_2", "female", "", "torso", "melanoma", "malignant", "1"),
    "ISIC_0052212": ("IP_2", "IL_3", "", "50.0", "", "unknown", "benign", "0"),
    "ISIC_0068279": ("IP_3", "IL_4", "female", "45", "palms/soles", "seborrheic keratosis", "benign", "0"),
    "ISIC_0074268": ("IP_3", "IL_5", "female", "55.0", "oral/genital", "cafe-au-lait macule", "benign", "0"),
    "ISIC_0074311": ("IP_4", "IL_6", "female", "40.0", "torso", "lentigo NOS", "benign", "0"),
}


def layout(directory: Path, columns: tuple[str, ...] = LESIONS) -> Path:
    rows = [dict(zip(LESIONS, (image, *cells), strict=True)) for image, cells in ROWS.items()]
    write_csv(directory / "GroundTruth.csv", columns, [{key: row[key] for key in columns} for row in rows])
    draw_images(directory / "train", {f"{image}.jpg": "NV" for image in ROWS})
    return directory


def imported(directory: Path) -> Catalog:
    return import_isic2020(directory / "GroundTruth.csv", directory / "train", license="none")


def test_categories_patients_lesions_and_what_is_left_out(tmp_path: Path) -> None:
    catalog = imported(layout(tmp_path))
    assert {record.image_id: record.label for record in catalog.records} == {
        "ISIC_2637011": "NV",
        "ISIC_0015719": "MEL",
        "ISIC_0068279": "BKL",
        "ISIC_0074268": "UNK",
    }
    assert catalog.left_out == (
        LeftOut("ISIC_0052212", "diagnosis 2020 'unknown': says no more than benign or malignant"),
        LeftOut("ISIC_0074311", "diagnosis 2020 'lentigo NOS': does not say which lentigo"),
    )
    melanoma = next(record for record in catalog.records if record.label == "MEL")
    assert (melanoma.patient_id, melanoma.lesion_id, melanoma.age, melanoma.sex) == ("IP_2", "IL_2", None, "female")
    assert (melanoma.site, melanoma.stated_site, melanoma.source) == (None, "torso", "ISIC 2020")


def test_a_table_without_lesions_gives_the_same_but_those(tmp_path: Path) -> None:
    catalog = imported(layout(tmp_path, COLUMNS))
    assert [record.label for record in catalog.records] == ["MEL", "BKL", "UNK", "NV"]
    assert {record.lesion_id for record in catalog.records} == {""}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "melanoma,malignant,1",
            "melanoma,benign,0",
            r"for 1 images, such as \['ISIC_0015719 \(melanoma, target 0\)'\]",
        ),
        ("nevus,benign,0", "nevus,malignant,1", r"contradict.*ISIC_2637011 \(nevus, target 1\)"),
        ("nevus,benign,0", "nevus,benign,1", "benign_malignant and target of ISIC_2637011 must.*'benign' and '1'"),
        ("nevus,benign,0", "nevus,benign,", "benign_malignant and target of ISIC_2637011"),
        ("nevus,benign,0", "nevus,,0", "benign_malignant and target of ISIC_2637011"),
        (",target", ",label", r"lacks columns \['target'\]"),
        ("ISIC_0052212", "ISIC_0015719", "names ISIC_0015719 twice"),
        ("head/neck", "nose", None),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, before: str, after: str, message: str | None) -> None:
    path = layout(tmp_path) / "GroundTruth.csv"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    if message is None:
        record = next(record for record in imported(tmp_path).records if record.image_id == "ISIC_2637011")
        assert (record.site, record.stated_site) == (None, "nose")
        return
    with pytest.raises(InvalidData, match=message):
        imported(tmp_path)
