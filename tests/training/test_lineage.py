"""A parent that has seen what is held out here is refused, however many generations ago and under whatever name."""

from dataclasses import replace
from pathlib import Path

import pytest

from training.catalog import Catalog, Record
from training.errors import InvalidData
from training.lineage import Seen, check, of_list, of_parents, of_run, write
from training.splits import PARTS, Leak, Part, Splits, isic2019_groups

RECORD = Record(image_id="a", lesion_id="L1", patient_id="P1", label="NV", sha256="f1", file="a.jpg")


def catalog(*records: Record) -> Catalog:
    return Catalog(records, Path())


def held_out(part: Part) -> tuple[Catalog, Splits]:
    """A catalog of one image, in `part`."""
    return catalog(RECORD), Splits({"a": part}, {"a": "a"})


def seen(part: Part = "train", **changes: str) -> Seen:
    return replace(Seen("z", "", "", "", part, "runs/parent"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shared", "key"),
    [
        ({"image_id": "a"}, "image a"),
        ({"lesion_id": "L1"}, "lesion L1"),
        ({"patient_id": "P1"}, "patient P1"),
        ({"sha256": "f1"}, "file f1"),
    ],
)
def test_one_shared_name_is_enough(shared: dict[str, str], key: str) -> None:
    with pytest.raises(Leak, match=rf"runs/parent has used .* as train; here a, the same {key}, is held out as test"):
        check([seen("train", **shared)], *held_out("test"))


def test_what_was_seen_of_other_images_does_not_matter() -> None:
    other = seen(image_id="b", lesion_id="L2", patient_id="P2", sha256="f2")
    check([other], *held_out("test"))
    with pytest.raises(Leak):
        check([other, seen(image_id="a")], *held_out("test"))


def test_no_image_may_be_more_held_out_than_it_was_used() -> None:
    for used in PARTS[:3]:
        for part in PARTS:
            ancestors = [seen(used, image_id="a")]
            if PARTS.index(part) > PARTS.index(used):
                with pytest.raises(Leak, match=f"as {used}.*held out as {part}"):
                    check(ancestors, *held_out(part))
            else:
                check(ancestors, *held_out(part))


def test_a_group_counts_even_where_the_image_itself_is_not_in_this_catalog() -> None:
    # The parent saw b at another size; here only a is at hand, of the same lesion by the split.
    splits = Splits({"a": "test", "b": "test"}, {"a": "g", "b": "g"})
    with pytest.raises(Leak, match=r"has used b as train; here .* the same (image b|group g), is held out as test"):
        check([seen(image_id="b")], catalog(RECORD), splits)


def test_unused_images_hold_nothing_out() -> None:
    ancestors = [seen(image_id="a", lesion_id="L1")]
    check(ancestors, *held_out("unused"))
    with pytest.raises(Leak):
        check(ancestors, *held_out("test"))


def test_a_run_has_seen_all_but_test() -> None:
    records = [replace(RECORD, image_id=name, lesion_id=name, patient_id="", sha256=name) for name in "abcde"]
    splits = Splits(
        {"a": "train", "b": "validation", "c": "calibration", "d": "test", "e": "unused"},
        {name: name for name in "abcde"},
    )
    rows = of_run("runs/x", catalog(*records), splits)
    assert [(row.image_id, row.part) for row in rows] == [("a", "train"), ("b", "validation"), ("c", "calibration")]


def test_the_chain_is_whole_though_a_grandparent_is_gone(tmp_path: Path) -> None:
    grandparent, parent = tmp_path / "grandparent", tmp_path / "parent"
    grandparent.mkdir()
    parent.mkdir()
    write([seen(image_id="a", run="grandparent")], grandparent)
    write([*of_parents([grandparent]), seen(image_id="b", run="parent")], parent)
    (grandparent / "seen.csv").unlink()
    rows = of_parents([parent, parent])
    assert [(row.image_id, row.run) for row in rows] == [("a", "grandparent"), ("b", "parent")]
    with pytest.raises(Leak, match="grandparent has used a"):
        check(rows, *held_out("calibration"))


def test_a_parent_that_does_not_tell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"does not tell which images it has seen. Expected .*seen.csv"):
        of_parents([tmp_path])


def test_a_picture_seen_under_another_id_is_found_out() -> None:
    splits = Splits({"a": "test", "elsewhere": "test"}, {"a": "a", "elsewhere": "a"})
    with pytest.raises(Leak, match="has used elsewhere as train"):
        check([seen(image_id="elsewhere")], catalog(RECORD), splits)


def test_another_image_of_an_isic_lesion_is_known_by_the_committed_split() -> None:
    members: dict[str, list[str]] = {}
    for name, own in isic2019_groups().items():
        members.setdefault(own, []).append(name)
    one, other = next(names for names in members.values() if len(names) > 1)[:2]
    mine = catalog(Record(image_id=one, label="NV", sha256="f1", file="a.jpg"))
    with pytest.raises(Leak, match=f"has used {other} as train; here {one}, the same isic2019"):
        check([seen(image_id=other)], mine, Splits({one: "test"}, {one: one}))


@pytest.mark.parametrize("content", ["", "image_id,part\n", "image_id,lesion_id,patient_id,sha256,part,run\n"])
def test_a_parent_whose_list_is_damaged_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "seen.csv").write_text(content)
    with pytest.raises(InvalidData, match=r"is damaged|lacks columns"):
        of_parents([tmp_path])


def test_weights_from_elsewhere_bring_a_list(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("image,lesion_id,split\nq,L1,train\nr,L2,test\n")
    rows = of_list(f"{path}:train", "their weights")
    assert rows == [Seen("q", "L1", "", "", "train", "their weights")]
    with pytest.raises(Leak, match="their weights has used q as train; here a, the same lesion L1"):
        check(rows, *held_out("validation"))
