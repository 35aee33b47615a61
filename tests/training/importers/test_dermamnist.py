"""DermaMNIST gets its ISIC ids back, surely or not at all."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lesion.diagnosis import CODES
from tests.paths import data_file
from tests.training.importers.layouts import draw_images, shrink_central_square, write_csv
from training import duplicates
from training.catalog import Catalog, LeftOut
from training.duplicates import Pair
from training.errors import InvalidData
from training.importers.dermamnist import carry_duplicates, import_dermamnist, write_official
from training.importers.isic2018 import import_isic2018, read_tables
from training.importers.isic2019 import import_isic2019

COUNT = 16
IDS = [f"ISIC_{24306 + place:07d}" for place in range(COUNT)]
LABELS = dict(zip(IDS, CODES * (COUNT // len(CODES)), strict=True))
DX = {"AK": "akiec", "SCC": "akiec"} | {code: code.lower() for code in CODES if code not in {"AK", "SCC"}}
NAMES = [f"DermaMNIST_{('train', 'val', 'test')[place % 3]}_{place:05d}" for place in range(COUNT)]
ISIC_ID_OF = dict(zip(NAMES, reversed(IDS), strict=True))
"""Not in the order of HAM10000, as in the real one."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """HAM10000 drawn at 200×150 px, and DermaMNIST made of it."""
    draw_images(tmp_path / "ham10000", {f"{name}.jpg": label for name, label in LABELS.items()}, (200, 150))
    (tmp_path / "dermamnist").mkdir()
    for name, image_id in ISIC_ID_OF.items():
        with Image.open(tmp_path / "ham10000" / f"{image_id}.jpg") as image:
            shrink_central_square(image, 28).save(tmp_path / "dermamnist" / f"{name}.jpg", quality=75)
    write_labels(tmp_path, {name: DX[LABELS[image_id]] for name, image_id in ISIC_ID_OF.items()})
    return tmp_path


def write_labels(folder: Path, dx: dict[str, str]) -> None:
    rows = [{"image_id": name, "dx": word, "lesion_id": f"lesion_{name[11:]}"} for name, word in dx.items()]
    write_csv(folder / "labels.csv", ("image_id", "dx", "lesion_id"), rows)


def ham10000(folder: Path) -> Catalog:
    facts = [{"image": name, "lesion_id": f"HAM_{name[5:]}", "age_approx": 50} for name in LABELS]
    truth = [{"image": name, label: 1} for name, label in LABELS.items()]
    write_csv(folder / "truth.csv", ("image", *CODES), truth)
    write_csv(folder / "facts.csv", ("image", "lesion_id", "age_approx", "sex", "anatom_site_general"), facts)
    return import_isic2019(folder / "truth.csv", folder / "facts.csv", folder / "ham10000", license="none")


def imported(folder: Path) -> Catalog:
    return import_dermamnist(folder / "labels.csv", folder / "dermamnist", ham10000(folder))


def test_every_picture_gets_its_id_lesion_and_label_back(folder: Path) -> None:
    catalog = imported(folder)
    assert catalog.left_out == ()
    assert {record.file.removesuffix(".jpg"): record.image_id for record in catalog.records} == ISIC_ID_OF
    assert {record.image_id: record.label for record in catalog.records} == LABELS
    assert all(record.lesion_id == f"HAM_{record.image_id[5:]}" for record in catalog.records)
    assert {record.source for record in catalog.records} == {"HAM10000"}


def test_the_official_split_is_written_by_isic_id(folder: Path) -> None:
    write_official(imported(folder), folder / "official.csv")
    with (folder / "official.csv").open(newline="", encoding="utf-8") as file:
        parts = {row["image_id"]: row["part"] for row in csv.DictReader(file)}
    words = {"train": "train", "val": "validation", "test": "test"}
    assert parts == {image_id: words[name.split("_")[1]] for name, image_id in ISIC_ID_OF.items()}


def test_duplicates_known_of_ham10000_are_carried_over(folder: Path) -> None:
    catalog = imported(folder)
    assert not carry_duplicates(folder, catalog, folder / "dermamnist")
    pairs = [Pair(IDS[0], IDS[8], "near", 0.5, "same"), Pair(IDS[0], "ISIC_0034320", "identical file", 1.0, "same")]
    duplicates.write(pairs, folder)
    assert carry_duplicates(folder, catalog, folder / "dermamnist")
    assert duplicates.read(folder / "dermamnist") == [(IDS[0], IDS[8])]


def test_a_stretched_copy_of_ham10000_does_as_well(folder: Path) -> None:
    for path in (folder / "ham10000").iterdir():
        with Image.open(path) as image:
            stretched = image.resize((84, 84), Image.Resampling.BICUBIC)
        stretched.save(path, quality=90)
    assert {record.file.removesuffix(".jpg"): record.image_id for record in imported(folder).records} == ISIC_ID_OF


def test_of_two_alike_none_is_chosen(folder: Path) -> None:
    one, other = IDS[0], IDS[8]
    (folder / "ham10000" / f"{other}.jpg").write_bytes((folder / "ham10000" / f"{one}.jpg").read_bytes())
    left_out = {item.image_id: item.reason for item in imported(folder).left_out}
    assert left_out == {
        NAMES[IDS[::-1].index(one)]: "no sure match: two resemble it alike",
        NAMES[IDS[::-1].index(other)]: "no sure match: nothing resembles it enough",
    }


def test_one_picture_under_two_names_is_left_out_both_times(folder: Path) -> None:
    pictures = folder / "dermamnist"
    (pictures / f"{NAMES[1]}.jpg").write_bytes((pictures / f"{NAMES[0]}.jpg").read_bytes())
    reason = "no sure match: what it resembles, another resembles as well"
    assert set(imported(folder).left_out) == {LeftOut(NAMES[0], reason), LeftOut(NAMES[1], reason)}


def test_a_match_of_another_diagnosis_is_left_out(folder: Path) -> None:
    dx = {name: DX[LABELS[image_id]] for name, image_id in ISIC_ID_OF.items()}
    write_labels(folder, dx | {NAMES[0]: "df", NAMES[1]: "wart"})
    reason = "no sure match: what it resembles has another diagnosis"
    assert imported(folder).left_out == (LeftOut(NAMES[0], reason), LeftOut(NAMES[1], reason))


def test_what_has_no_picture_there_or_no_file_here_is_left_out(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)
    Image.fromarray(noise).save(folder / "dermamnist" / f"{NAMES[0]}.jpg")
    (folder / "dermamnist" / f"{NAMES[1]}.jpg").unlink()
    assert set(imported(folder).left_out) == {
        LeftOut(NAMES[0], "no sure match: nothing resembles it enough"),
        LeftOut(NAMES[1], "no file in dermamnist"),
    }


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("DermaMNIST_train_00000", "DermaMNIST_all_00000", "names must be DermaMNIST_, train, val or test"),
        ("DermaMNIST_train_00000", "DermaMNIST_train_00003", "names DermaMNIST_train_00003 twice"),
        ("DermaMNIST_train_00000", "DermaMNIST_train_00099", "DermaMNIST_train_00000.jpg has no row"),
        ("image_id,dx", "image_id,label", r"lacks columns \['dx'\]"),
    ],
)
def test_malformed_labels_are_refused(folder: Path, before: str, after: str, message: str) -> None:
    text = (folder / "labels.csv").read_text(encoding="utf-8")
    (folder / "labels.csv").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InvalidData, match=message):
        imported(folder)


def test_a_catalog_without_ham10000_is_refused(folder: Path) -> None:
    catalog = ham10000(folder)
    empty = Catalog([], catalog.images)
    with pytest.raises(InvalidData, match=r"Expected pictures of DermaMNIST in .* Received 16 and 0"):
        import_dermamnist(folder / "labels.csv", folder / "dermamnist", empty)


def test_a_picture_that_does_not_decode_is_named(folder: Path) -> None:
    (folder / "dermamnist" / f"{NAMES[0]}.jpg").write_bytes(b"no picture")
    with pytest.raises(InvalidData, match=f"{NAMES[0]}.jpg does not decode"):
        imported(folder)


@pytest.mark.data
def test_the_real_one() -> None:
    tables = read_tables(
        data_file("HAM10000_metadata_with_dataset.csv"), isic2019=data_file("ISIC_2019_Training_GroundTruth.csv")
    )
    known = import_isic2018(tables, data_file("ham10000_200x150.zip"), license="CC BY-NC 4.0")
    catalog = import_dermamnist(data_file("dermamnist_labels.csv"), data_file("dermamnist_28x28.zip"), known)
    assert len(catalog) == 9972
    assert len(catalog.left_out) == 43
    assert not any("diagnosis" in item.reason for item in catalog.left_out)
