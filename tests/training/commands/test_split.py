"""python -m training split, as a user calls it: every form, and what must not pass."""

import csv
import pickle
from pathlib import Path

import numpy as np
import pytest

from training.__main__ import main
from training.catalog import Catalog, Record


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A clean catalog of 40 lesions with two images each, from two sources; its files are not looked at."""
    records = [
        Record(
            image_id=f"ISIC_{9_000_000 + number}",
            lesion_id=f"L{number // 2}",
            label=("NV", "MEL")[number // 2 % 2],
            source=("a/b", "c")[number // 4 % 2],
            sha256=f"file {number}",
            file=f"{number}.jpg",
        )
        for number in range(80)
    ]
    Catalog(records, tmp_path / "images").write(tmp_path / "data")
    (tmp_path / "data" / "duplicates.csv").write_text("a,b,kind,similarity,labels\n")
    return tmp_path / "data"


def parts(path: Path) -> dict[str, str]:
    with path.open() as file:
        return {row["image_id"]: row["part"] for row in csv.DictReader(file)}


def test_pairs_of_others_join_and_their_other_ids_come_along(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = directory.parent / "pairs.csv"
    # Two lesions are one through an image that is not here; a third picture is known elsewhere by another id.
    pairs.write_text("a,b\nISIC_9000000,gone\ngone,ISIC_9000079\nISIC_9000004,theirs\nx,y\n")
    assert main(["split", str(directory), "--pairs", str(pairs)]) == 0
    told = capsys.readouterr().out
    assert "3 of 4 pairs name an image here" in told
    assert "and 2 other ids of their pictures" in told
    found = parts(directory / "splits.csv")
    assert found["ISIC_9000000"] == found["gone"] == found["ISIC_9000079"]
    assert found["theirs"] == found["ISIC_9000004"]
    assert "x" not in found


def test_pairs_that_name_nothing_here_are_refused(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = directory.parent / "pairs.csv"
    pairs.write_text("source,path\nham,images/a.jpg\n")
    assert main(["split", str(directory), "--pairs", str(pairs)]) == 1
    assert "names no image of" in capsys.readouterr().err


def test_a_published_split_may_name_images_that_are_not_here(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    official = directory.parent / "train_test_split"
    rows = [f"ISIC_{9_000_000 + number},{'test' if number >= 60 else 'train'}\n" for number in range(80)]
    official.write_text("image,fold\n" + "".join(rows) + "ISIC_9999999,test\n")
    assert main(["split", str(directory), "--official", str(official)]) == 0
    assert "1 of 81 images of the published split are not in" in capsys.readouterr().out
    found = parts(directory / "train_test_split-split.csv")
    assert [name for name, part in found.items() if part == "test"] == [f"ISIC_{9_000_060 + n}" for n in range(20)]


def test_indices_number_the_rows_of_the_ground_truth(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, truth = directory.parent / "indices.pkl", directory.parent / "truth.csv"
    path.write_bytes(pickle.dumps({"trainIndCV": [np.arange(60)], "valIndCV": [np.arange(60, 80)]}))
    assert main(["split", str(directory), "--official", str(path)]) == 1
    assert "give it with --ground-truth" in capsys.readouterr().err
    # The authors' order is not ours: their last twenty are our first.
    rows = [f"ISIC_{9_000_079 - number},0,1,0,0,0,0,0,0\n" for number in range(80)]
    truth.write_text("image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC\n" + "".join(rows))
    assert main(["split", str(directory), "--official", str(path), "--ground-truth", str(truth)]) == 0
    found = parts(directory / "indices-split.csv")
    assert {name for name, part in found.items() if part == "test"} == {f"ISIC_{9_000_000 + n}" for n in range(20)}


def test_every_source_has_a_file_of_its_own(directory: Path) -> None:
    assert main(["split", str(directory), "--sources"]) == 0
    assert {path.name for path in (directory / "sources").iterdir()} == {"a-b.csv", "c.csv"}


def test_options_that_go_with_official_are_not_ignored(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", str(directory), "--drop-leaks"]) == 1
    assert "go with --official" in capsys.readouterr().err


def test_a_part_of_a_split_can_be_amended(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", str(directory)]) == 0
    before = parts(directory / "splits.csv")
    one = next(name for name, part in before.items() if part == "train")
    other = next(name for name, part in before.items() if part == "test")
    (directory / "duplicates.csv").write_text(f"a,b,kind,similarity,labels\n{one},{other},near,0.9,same\n")
    assert main(["split", str(directory), "--amend", "dataset", "--out", str(directory / "new.csv")]) == 0
    assert f"  {other}: test to train" in capsys.readouterr().out
    after = parts(directory / "new.csv")
    moved = {name for name in before if after[name] != before[name]}
    assert other in moved
    assert len(moved) == 2, "the lesion's other image goes along"


@pytest.mark.parametrize("damage", ["catalog.csv", "images.json"])
def test_a_damaged_catalog_is_told(directory: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = directory / damage
    path.write_text(path.read_text().replace(",NV,", ",NV,L0,,young,", 1) if damage == "catalog.csv" else "{")
    assert main(["split", str(directory)]) == 1
    assert "is damaged" in capsys.readouterr().err


def test_a_folder_in_place_of_a_file_is_told(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "taken").mkdir()
    assert main(["split", str(directory), "--out", str(directory / "taken")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
