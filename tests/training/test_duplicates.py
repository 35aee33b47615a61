"""Pairs are named once, by what makes them one picture, and survive their file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.catalog import Catalog, Record
from training.duplicates import Pair, across, contradictions, pairs, read, read_list, write
from training.errors import InvalidData
from training.inspection import Inspection
from training.views import SIDE

RNG = np.random.default_rng(0)
NOISE = {name: RNG.integers(80, 255, (SIDE, SIDE), np.uint8) for name in "xyz"}


def record(name: str, file: str, label: str = "NV") -> Record:
    return Record(image_id=name, label=label, sha256=file, file=f"{name}.jpg")


def seen(picture: str, pixels: str) -> Inspection:
    return Inspection(600, 450, pixels, NOISE[picture])


def test_each_pair_has_the_strongest_kind() -> None:
    records = [record("a", "1"), record("b", "1"), record("c", "2"), record("d", "3", "MEL"), record("e", "4")]
    looks = {
        "a": seen("x", "p"),
        "b": seen("x", "p"),
        "c": seen("x", "p"),
        "d": seen("x", "q"),
        "e": seen("y", "r"),
    }
    assert [(pair.a, pair.b, pair.kind, pair.labels) for pair in pairs(records, looks)] == [
        ("a", "b", "identical file", "same"),
        ("a", "c", "identical picture", "same"),
        ("a", "d", "near", "differ"),
        ("b", "d", "near", "differ"),
        ("c", "d", "near", "differ"),
    ]


def test_all_copies_of_a_contradicted_picture_are_named_whatever_their_order() -> None:
    records = [record("a", "1"), record("b", "1"), record("c", "1", "MEL"), record("d", "2", "MEL"), record("e", "3")]
    looks = {"a": seen("x", "p"), "b": seen("x", "p"), "c": seen("x", "p"), "d": seen("x", "q"), "e": seen("y", "q")}
    for order in (records, records[::-1]):
        assert contradictions(order, looks) == {
            **dict.fromkeys("abc", "the identical file is under several categories: MEL, NV"),
            **dict.fromkeys("de", "the identical picture is under several categories: MEL, NV"),
        }


def test_catalogs_are_compared_with_each_other_and_an_id_is_one_image() -> None:
    first = Catalog([record("a", "1"), record("b", "2")], Path())
    second = Catalog([replace(record("a", "9"), file="small/a.jpg"), record("c", "2")], Path())
    looks = {"a": seen("x", "p"), "b": seen("y", "q"), "c": seen("y", "q")}
    assert [(pair.a, pair.b, pair.kind) for pair in across([first, second], looks)] == [("b", "c", "identical file")]


def test_they_are_read_as_written(tmp_path: Path) -> None:
    write([Pair("a", "b", "near", 0.8125, "differ")], tmp_path)
    assert (tmp_path / "duplicates.csv").read_text() == "a,b,kind,similarity,labels\na,b,near,0.812,differ\n"
    assert read(tmp_path) == [("a", "b")]


def test_nobody_having_looked_is_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"Nobody has looked for duplicates in .* python -m training clean"):
        read(tmp_path)


def test_a_list_of_others_needs_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("image_name_1,image_name_2\nISIC_1,ISIC_2\n")
    assert read_list(path) == [("ISIC_1", "ISIC_2")]
    path.write_text("image\nISIC_1\n")
    with pytest.raises(InvalidData, match="must have two columns"):
        read_list(path)
