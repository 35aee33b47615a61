"""Two lists of images: what they share, by every name they share it under."""

from pathlib import Path

import numpy as np
import pytest

from lesion.diagnosis import CODES
from training.__main__ import main
from training.catalog import Catalog, Record
from training.errors import InvalidData
from training.leaks import overlap, read, report
from training.predictions import Predictions
from training.splits import COMMITTED, Splits

ISIC = Splits.read(COMMITTED / "isic2019.csv")


def table(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_ids_are_compared_whatever_their_column_and_ending(tmp_path: Path) -> None:
    a = read(table(tmp_path / "a.csv", "image_name\nphotos/a.jpg\nb.png\nc\n"))
    b = read(table(tmp_path / "b.csv", "image\nb\nd\n"))
    assert overlap(a, b).images == {"b"}
    assert overlap(a, b).shared == {"image": 1}


def test_lesion_patient_and_file_count_where_both_lists_tell(tmp_path: Path) -> None:
    a = read(table(tmp_path / "a.csv", "image_id,lesion_id,patient_id,sha256\na,L1,P1,f1\nb,L2,,f2\nc,,,f3\n"))
    b = read(table(tmp_path / "b.csv", "image_id,lesion_id,patient_id,sha256\nd,L1,,\ne,,P1,\nf,,,f3\ng,,,\nh,L9,,\n"))
    found = overlap(a, b)
    assert found.touched == {"lesion": {"d"}, "patient": {"e"}, "file": {"f"}}
    assert found.images == {"d", "e", "f"}


def test_what_is_empty_is_not_shared(tmp_path: Path) -> None:
    a = read(table(tmp_path / "a.csv", "image_id,lesion_id\na,\n"))
    b = read(table(tmp_path / "b.csv", "image_id,lesion_id\nb,\n"))
    assert not overlap(a, b).images


def test_isic_lists_need_nothing_but_ids(tmp_path: Path) -> None:
    groups: dict[str, list[str]] = {}
    for name, group in ISIC.groups.items():
        groups.setdefault(group, []).append(name)
    one, other = next(members for members in groups.values() if len(members) > 1)[:2]
    a = read(table(tmp_path / "a.csv", f"image\n{one}_downsampled\n"))
    b = read(table(tmp_path / "b.csv", f"image\n{other}\n"))
    assert overlap(a, b).touched == {"isic2019": {other}}


def test_the_parts_of_the_committed_split_do_not_overlap() -> None:
    path = COMMITTED / "isic2019.csv"
    train, test = read(f"{path}:train"), read(f"{path}:test")
    assert len(train.images) > 15000
    assert not overlap(train, test).images


def test_the_parts_of_one_split_are_compared_by_its_groups(tmp_path: Path) -> None:
    path = tmp_path / "divided.csv"
    path.write_text("image_id,group,part\np0,g,train\np1,g,test\np2,h,test\n")
    assert overlap(read(f"{path}:train"), read(f"{path}:test")).touched == {"group": {"p1"}}
    other = tmp_path / "other.csv"
    other.write_text("image_id,group\nq0,g\n")  # a group of the same name, of another split
    assert not overlap(read(f"{path}:train"), read(str(other))).images


def test_a_split_beside_its_catalog_knows_lesions_and_files(tmp_path: Path) -> None:
    records = [
        Record(image_id=name, lesion_id=lesion, label="NV", sha256=name, file=f"{name}.jpg")
        for name, lesion in (("a", "L1"), ("b", "L1"), ("c", "L2"))
    ]
    Catalog(records, tmp_path / "images").write(tmp_path)
    path = tmp_path / "mine.csv"
    path.write_text("image,part\na,train\nb,test\nc,test\n")
    assert overlap(read(f"{path}:train"), read(f"{path}:test")).touched == {"lesion": {"b"}}


def test_where_only_ids_can_be_compared_it_is_said(tmp_path: Path) -> None:
    a, b = (read(table(tmp_path / f"{name}.csv", f"image\n{name}\n")) for name in "ab")
    assert report(a, b).endswith("nothing is known of lesions, patients or pictures in both lists.")


def test_a_catalog_and_predictions_are_lists_too(tmp_path: Path) -> None:
    record = Record(image_id="a", lesion_id="L1", label="NV", sha256="f", file="a.jpg")
    Catalog([record], tmp_path / "images").write(tmp_path / "data")
    names = np.array(["x", "y"])
    given = Predictions(names, np.array(["L1", "y"]), np.zeros(2, np.int32), np.zeros((2, len(CODES)), np.float32))
    given.write(tmp_path / "test.npz")
    found = overlap(read(str(tmp_path / "data")), read(str(tmp_path / "test.npz")))
    assert found.touched == {"lesion": {"x"}}


@pytest.mark.parametrize(
    ("text", "argument", "message"),
    [
        ("color\nred\n", "a.csv", r"needs one of the columns .*image_id.* Received \['color'\]"),
        ("image\na\n", "a.csv:train", "needs one of the columns .*part"),
        ("image,part\na,train\n", "a.csv:test", "names no image"),
        ("image\n", "a.csv", "names no image"),
        ("image\na\n", "b.csv", "No list at"),
        ("no arrays", "a.npz", "holds no predictions"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str, argument: str, message: str) -> None:
    for name in ("a.csv", "a.npz"):
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidData, match=message):
        read(str(tmp_path / argument))


def test_the_command_tells_and_its_status_says_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = table(tmp_path / "a.csv", "image_id,lesion_id\na,L1\nb,L2\n")
    b = table(tmp_path / "b.csv", "image_id,lesion_id\nc,L2\nd,L3\ne,L4\nf,L5\n")
    assert main(["leaks", a, b]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"A  {a}: 2 images",
        f"B  {b}: 4 images",
        "image    0 shared: 0 images of B (0.0%)",
        "file     not told by both lists",
        "lesion   1 shared: 1 images of B (25.0%)",
        "patient  not told by both lists",
        "isic2019 not told by both lists",
        "group    not told by both lists",
        "any      1 of 4 images of B (25.0%), such as c",
    ]
    assert main(["leaks", a, table(tmp_path / "c.csv", "image_id,lesion_id\nz,L9\n")]) == 0
