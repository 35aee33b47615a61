"""Any table through a column map: what it may say, what it must not, and the two maps that are shipped."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT, data_file
from tests.training.importers.layouts import draw_images, write_csv
from training.catalog import Catalog, LeftOut
from training.errors import InvalidData
from training.importers.column_map import ColumnMap
from training.importers.custom import Table, import_table, read_table

MAPS = ROOT / "examples" / "columns"
COLUMNS = ("file", "diagnosis", "years", "gender", "place")
MAP = """
[columns]
image = "file"
label = "diagnosis"
age = "years"
sex = "gender"
site = "place"
[values.label]
naevus = "NV"
melanoma = "MEL"
wart = "UNK"
[values.sex]
w = "female"
m = "male"
[values.site]
"Rücken" = "posterior torso"
[constants]
source = "clinic A"
license = "none"
"""


def table(directory: Path, *rows: tuple[object, ...], text: str = MAP, columns: tuple[str, ...] = COLUMNS) -> Table:
    cells = [dict(zip(columns, row, strict=True)) for row in rows]
    return read_table(write_csv(directory / "table.csv", columns, cells), written(directory, text))


def written(directory: Path, text: str) -> ColumnMap:
    (directory / "map.toml").write_text(text, encoding="utf-8")
    return ColumnMap.read(directory / "map.toml")


def imported(
    directory: Path, *rows: tuple[object, ...], files: tuple[str, ...] = ("a.jpg", "b.png"), **kind: Any
) -> Catalog:
    return import_table(table(directory, *rows, **kind), draw_images(directory / "images", dict.fromkeys(files, "NV")))


A = ("a.jpg", "naevus", "34", "w", "Rücken")
B = ("b.png", "melanoma", "", "m", "")


def test_words_are_translated_and_constants_added(tmp_path: Path) -> None:
    first, second = imported(tmp_path, A, B).records
    assert (first.image_id, first.label, first.age, first.sex, first.site) == (
        "a",
        "NV",
        34,
        "female",
        "posterior torso",
    )
    assert (first.stated_diagnosis, first.stated_site, first.source, first.license) == (
        "naevus",
        "Rücken",
        "clinic A",
        "none",
    )
    assert (second.image_id, second.label, second.age, second.site) == ("b", "MEL", None, None)


def test_a_word_without_a_translation_is_told_and_never_guessed(tmp_path: Path) -> None:
    told = table(tmp_path, ("a.jpg", "naevus", "", "d", "Arm"), ("b.png", "Melanoma", "", "d", ""))
    catalog = import_table(told, draw_images(tmp_path / "images", {"a.jpg": "NV", "b.png": "NV"}))
    assert catalog.left_out == (LeftOut("b", "label 'Melanoma' has no translation"),)
    (record,) = catalog.records
    assert (record.sex, record.site, record.stated_site) == (None, None, "Arm")
    assert told.unread_sexes == Counter({"d": 1})


def test_without_translations_our_own_words_are_expected(tmp_path: Path) -> None:
    text = '[columns]\nimage = "file"\nlabel = "diagnosis"\nsex = "gender"\nsite = "place"\n'
    told = table(tmp_path, ("a", "NV", "", "female", "head/neck"), ("b", "nv", "", "Female", "head"), text=text)
    assert (told.facts["a"].label, told.facts["a"].sex, told.facts["a"].site) == ("NV", "female", "head/neck")
    assert told.left_out == [LeftOut("b", "label 'nv' has no translation")]


def test_categories_of_ones_own_are_named_before_they_are_used(tmp_path: Path) -> None:
    own = 'extra_labels = ["LENTIGO", "SCAR"]\n' + MAP.replace('wart = "UNK"', 'lentigo = "LENTIGO"')
    told = table(tmp_path, A, ("b.png", "lentigo", "", "m", ""), text=own)
    assert (told.facts["a"].label, told.facts["b"].label) == ("NV", "LENTIGO")
    untranslated = 'extra_labels = ["LENTIGO"]\n[columns]\nimage = "file"\nlabel = "diagnosis"\n'
    told = table(tmp_path, ("a", "LENTIGO", "", "", ""), ("b", "SCAR", "", "", ""), text=untranslated)
    assert told.facts["a"].label == "LENTIGO"
    assert told.left_out == [LeftOut("b", "label 'SCAR' has no translation")]


@pytest.mark.parametrize(
    "name", ["c", "c.jpg", "b/c", "b/c.JPG", "a/b/c.jpg", "/a/b/c.jpg", "a\\b\\c.jpg", "./b/c.jpg"]
)
def test_a_file_is_found_by_any_end_of_its_path(tmp_path: Path, name: str) -> None:
    (record,) = imported(tmp_path, (name, *A[1:]), files=("a/b/c.jpg",)).records
    assert (record.image_id, record.file) == ("c", "a/b/c.jpg")


def test_an_ending_tells_files_apart(tmp_path: Path) -> None:
    catalog = imported(tmp_path, ("c.png", *A[1:]), files=("c.jpg", "c.png"))
    assert [record.file for record in catalog.records] == ["c.png"]
    assert catalog.left_out == (LeftOut("c.jpg", "no row in the table"),)


def test_files_without_a_row_and_rows_without_a_file_are_left_out_and_named(tmp_path: Path) -> None:
    catalog = imported(tmp_path, A, ("z.jpg", *A[1:]), files=("a.jpg", "mask.png"))
    assert [record.image_id for record in catalog.records] == ["a"]
    assert set(catalog.left_out) == {LeftOut("z", "no file in images"), LeftOut("mask.png", "no row in the table")}


def test_an_isic_image_keeps_its_id_under_every_name(tmp_path: Path) -> None:
    (record,) = imported(
        tmp_path, ("x/ISIC_0012199_downsampled.jpg", *A[1:]), files=("x/ISIC_0012199_downsampled.jpg",)
    ).records
    assert record.image_id == "ISIC_0012199"


def test_a_column_may_hold_ids_and_cells_be_parted_by_semicolons(tmp_path: Path) -> None:
    text = 'delimiter = ";"\n[columns]\nimage = "file"\nimage_id = "id"\nlabel = "dx"\n'
    (tmp_path / "table.csv").write_text("file;id;dx\na/1.jpg;first;NV\nb/1.jpg;second;MEL\n", encoding="utf-8")
    told = read_table(tmp_path / "table.csv", written(tmp_path, text))
    catalog = import_table(told, draw_images(tmp_path / "images", {"a/1.jpg": "NV", "b/1.jpg": "MEL"}))
    assert {record.image_id: record.file for record in catalog.records} == {"first": "a/1.jpg", "second": "b/1.jpg"}


@pytest.mark.parametrize(
    ("rows", "files", "message"),
    [
        ([A, A], ("a.jpg",), r"image ids must be unique. Received a for 'a.jpg' and 'a.jpg'"),
        ([("x/a.jpg", *A[1:]), ("y/a.jpg", *A[1:])], ("x/a.jpg",), r"Received a for .* map a column to image_id"),
        ([A], ("x/a.jpg", "y/a.jpg"), r"'a.jpg' fits 2 files. Expected one. Received \['x/a.jpg', 'y/a.jpg'\]"),
        ([("", *A[1:])], ("a.jpg",), "line 2: expected the name of an image"),
        ([("a.jpg", "naevus", "34y", "w", "")], ("a.jpg",), "age of a must be a number or empty. Received '34y'"),
        ([("a.jpg", "naevus", "340", "w", "")], ("a.jpg",), "metadata of a is outside our vocabulary"),
        ([A], ("z.jpg",), "No image of the table that can be used has a file in"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, rows: list[tuple[object, ...]], files: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidData, match=message):
        imported(tmp_path, *rows, files=files)


def test_two_rows_of_one_file_are_refused_whatever_their_ids(tmp_path: Path) -> None:
    text = '[columns]\nimage = "file"\nimage_id = "years"\nlabel = "diagnosis"\n[values.label]\nnaevus = "NV"\n'
    rows = (("a.jpg", "naevus", "1", "", ""), ("a", "naevus", "2", "", ""))
    with pytest.raises(InvalidData, match=r"one row for a.jpg. Received 'a.jpg' and 'a'"):
        imported(tmp_path, *rows, text=text)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('image = "file"', "", "columns.image: Field required"),
        ('age = "years"', 'ages = "years"', r"columns.ages: unknown key. Expected one of \['age', 'attribution'"),
        ('age = "years"', 'age = "alter"', r"table.csv lacks columns \['alter'\]"),
        ("[constants]", "[constant]", r"constant: unknown key. Expected one of .*constants"),
        ('naevus = "NV"', 'naevus = "NEV"', "values.label.naevus must be one of.*Received 'NEV'"),
        ('w = "female"', 'w = "F"', "values.sex.w: Input should be 'female'"),
        ("posterior torso", "back", "values.site.Rücken: Input should be 'anterior torso'"),
        ('site = "place"', "", "site is translated and has no column"),
        ("[values.site]", '[vocabulary]\nsite = "localization"\n[values.site]', "'site'.*both values and vocabulary"),
        ("[constants]", '[vocabulary]\nlabel = "HAM"\n[constants]', "vocabulary.label: Input should be 'diagnosis'"),
        ("[constants]", '[vocabulary]\nsite = "dx"\n[constants]', "vocabulary.site: Input should be 'site'"),
        ('age = "years"', 'age = "years"\nsource = "place"', r"\['source'\] both a column and a constant"),
        ('age = "years"', 'age = "years', "map.toml is no TOML file"),
        ('age = "years"', 'age = "years"\nage = "years"', "map.toml is no TOML file"),
        ("[columns]", 'extra_labels = ["lentigo"]\n[columns]', "extra_labels.0: String should match pattern"),
        ("[columns]", 'delimiter = ",,"\n[columns]', "delimiter: String should have at most 1 character"),
    ],
)
def test_a_map_that_says_nothing_sensible_is_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in MAP
    with pytest.raises(InvalidData, match=message):
        table(tmp_path, A, text=MAP.replace(before, after, 1))


PAD_COLUMNS = (
    *("patient_id", "lesion_id", "smoke", "drink", "background_father", "background_mother", "age", "pesticide"),
    *("gender", "skin_cancer_history", "cancer_history", "has_piped_water", "has_sewage_system", "fitspatrick"),
    *("region", "diameter_1", "diameter_2", "diagnostic", "itch", "grew", "hurt", "changed", "bleed", "elevation"),
    *("img_id", "biopsed"),
)
PAD = {
    "PAT_1516_1765_530.png": ("NEV", "FEMALE", "ARM", "False"),
    "PAT_46_881_939.png": ("BCC", "FEMALE", "NECK", "True"),
    "PAT_1545_1867_547.png": ("ACK", "", "FACE", "False"),
    "PAT_1989_4061_934.png": ("SCC", "MALE", "LIP", "True"),
    "PAT_684_1302_588.png": ("SEK", "MALE", "THIGH", "False"),
    "PAT_1549_1882_230.png": ("MEL", "MALE", "BACK", "True"),
    "PAT_778_1471_835.png": ("BOD", "MALE", "HAND", "True"),
}


def test_the_map_of_pad_ufes_20(tmp_path: Path) -> None:
    rows = [
        dict(zip(("img_id", "diagnostic", "gender", "region", "biopsed"), (name, *cells), strict=True))
        | {"patient_id": "_".join(name.split("_")[:2]), "lesion_id": name.split("_")[2], "age": "55"}
        for name, cells in PAD.items()
    ]
    write_csv(tmp_path / "metadata.csv", PAD_COLUMNS, rows)
    for part, name in enumerate(PAD):
        draw_images(tmp_path / "images", {f"imgs_part_{part % 3 + 1}/{name}": "NV"})
    told = read_table(tmp_path / "metadata.csv", ColumnMap.read(MAPS / "pad-ufes-20.toml"))
    catalog = import_table(told, tmp_path / "images")
    assert catalog.left_out == ()
    assert [record.label for record in catalog.records] == ["NV", "BCC", "AK", "SCC", "BKL", "MEL", "SCC"]
    first, second, third = catalog.records[:3]
    assert (first.patient_id, first.lesion_id, first.sex, first.site) == (
        "PAT_1516",
        "1765",
        "female",
        "upper extremity",
    )
    assert (second.confirmation, third.confirmation, third.sex) == ("histopathology", "clinical consensus", None)
    assert {record.site for record in catalog.records if record.stated_site == "LIP"} == {"head/neck"}


@pytest.mark.data
def test_the_map_of_ham10000_on_the_real_table() -> None:
    columns = ColumnMap.read(MAPS / "ham10000.toml")
    told = read_table(data_file("HAM10000_metadata_with_dataset.csv"), columns)
    catalog = import_table(told, data_file("ham10000_200x150.zip"))
    assert len(catalog) == 10015 - 327
    assert {item.reason.split(":")[0] for item in catalog.left_out} == {"dx 'akiec'"}
    labels = Counter(record.label for record in catalog.records)
    assert labels == {"NV": 6705, "MEL": 1113, "BKL": 1099, "BCC": 514, "VASC": 142, "DF": 115}
    assert Counter(record.site for record in catalog.records)["posterior torso"] == 2192 - 29
    assert not told.unread_sexes
