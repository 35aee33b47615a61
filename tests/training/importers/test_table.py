"""CSV files as they come: marks, line ends, zips, and what is no table."""

import zipfile
from pathlib import Path

import pytest

from training.errors import InvalidData
from training.importers.table import isic_id, number, read_rows, without_ending


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"image,age\nISIC_9000001,50\n",
        b"\xef\xbb\xbfimage,age\r\nISIC_9000001,50\r\n\r\n",
        b' image , age\n"ISIC_9000001", 50 ',
    ],
)
def test_marks_blanks_and_line_ends_do_not_count(tmp_path: Path, content: bytes) -> None:
    assert read_rows(written(tmp_path / "a.csv", content), ["image", "age"]) == [{"image": "ISIC_9000001", "age": "50"}]


def test_a_zip_or_folder_stands_for_its_only_csv(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    written(tmp_path / "folder" / "inner" / "truth.csv", b"image\nISIC_9000001\n")
    written(tmp_path / "folder" / "LICENSE.txt", b"CC-0")
    with zipfile.ZipFile(tmp_path / "truth.zip", "w") as archive:
        archive.write(tmp_path / "folder" / "inner" / "truth.csv", "truth/truth.csv")
        archive.writestr("__MACOSX/truth/._truth.csv", b"\x00\x05")
    expected = [{"image": "ISIC_9000001"}]
    assert read_rows(tmp_path / "folder", ["image"]) == expected
    assert read_rows(tmp_path / "truth.zip", ["image"]) == expected
    written(tmp_path / "folder" / "other.csv", b"image\n")
    with pytest.raises(InvalidData, match=r"one CSV file in folder.*Received 2: \['other.csv', 'truth.csv'\]"):
        read_rows(tmp_path / "folder", ["image"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"image;age\na;1\n", r"lacks columns \['image', 'age'\]. Received \['image;age'\]"),
        (b"", r"lacks columns \['image', 'age'\]. Received \[\]"),
        (b"image,age,age\na,1,2\n", r"columns must be unique. Received \['age'\]"),
        (b"image,age\na,1\nb\n", "line 3: other cells than the header's. Expected 2"),
        (b"image,age\na,1,2\n", "line 2: other cells"),
        (b"image,age\nM\xfcller,1\n", "must be in UTF-8. Received byte 0xfc"),
        (b"image,age\n" + b"a" * 200_000 + b",1\n", "no CSV file: field larger"),
    ],
)
def test_a_table_of_another_shape_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        read_rows(written(tmp_path / "a.csv", content), ["image", "age"])


def test_cells_may_be_parted_by_another_sign(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "image;age\nä;1\n".encode())
    assert read_rows(path, ["age"], delimiter=";") == [{"image": "ä", "age": "1"}]


def test_numbers() -> None:
    assert number("55", "age") == number("55.0", "age") == 55
    assert [number(text, "age") for text in ("", "NA", "NaN", "unknown")] == [None] * 4
    for text in ("young", "inf", "-inf", "5O"):
        with pytest.raises(InvalidData, match=f"age must be a number or empty. Received {text!r}"):
            number(text, "age")


def test_names() -> None:
    assert isic_id("ISIC_0012199_downsampled.jpg") == "ISIC_0012199"
    assert without_ending("a\\b.v2.JPG") == "a/b.v2"
    assert without_ending("b.v2") == "b.v2"
    with pytest.raises(InvalidData, match=r"must begin with ISIC_ and seven digits. Received 'ISIC_00121990'"):
        isic_id("ISIC_00121990")
