"""No lesion is divided, nobody is left out, shares are kept, and the committed split is what it says."""

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from tests.paths import data_file
from training.catalog import Catalog, Facts, Record
from training.errors import InvalidData
from training.importers.isic2019 import import_isic2019, read_facts
from training.splits import (
    COMMITTED,
    PARTS,
    SHARES,
    Leak,
    Part,
    Splits,
    amend,
    check,
    divide,
    find,
    group,
    isic2019_groups,
    with_aliases,
)

RECORD = Record(image_id="ISIC_0000000", lesion_id="L0", label="NV", sha256="hash 0", file="file")


def catalog(*records: Record) -> Catalog:
    return Catalog(records, Path())


def facts(**lesions: str) -> dict[str, Facts]:
    return {name: Facts(image_id=name, label="NV", lesion_id=lesion) for name, lesion in lesions.items()}


def test_groups_are_connected_components() -> None:
    table = facts(a="L1", b="L1", c="L2", d="", e="", f="L2")
    assert group(table, [("b", "c"), ("e", "d")]) == {"a": "a", "b": "a", "c": "a", "f": "a", "d": "d", "e": "d"}


def test_lesions_of_one_patient_are_one_group() -> None:
    table = facts(a="L1", b="L2", c="P1") | {
        name: Facts(image_id=name, label="NV", lesion_id=lesion, patient_id="P1")
        for name, lesion in (("d", "L1"), ("e", "L3"))
    }
    # A lesion named as the patient is does not join him.
    assert group(table, []) == {"a": "a", "d": "a", "e": "a", "b": "b", "c": "c"}


def test_images_without_a_lesion_id_stand_alone() -> None:
    assert group(facts(a="", b=""), []) == {"a": "a", "b": "b"}


def test_an_image_that_is_not_here_joins_two_that_are() -> None:
    assert group(facts(b="", c="", d=""), [("b", "a"), ("a", "c")]) == {"a": "a", "b": "a", "c": "a", "d": "d"}


def test_images_of_one_isic_lesion_are_one_group_whatever_the_catalog_says() -> None:
    members = defaultdict(list)
    for name, own in isic2019_groups().items():
        members[own].append(name)
    one, other = next(names for names in members.values() if len(names) > 1)[:2]
    table = {name: Facts(image_id=name, label="NV", lesion_id=f"clinic {name}") for name in (one, other)}
    assert len(set(group(table, []).values())) == 1
    records = [replace(RECORD, image_id=name, lesion_id="", sha256=name) for name in (one, other)]
    with pytest.raises(Leak, match=r"isic2019 ISIC_[0-9]{7} lies in two parts"):
        check(catalog(*records), Splits({one: "train", other: "test"}, {one: one, other: other}))


def test_other_ids_of_a_picture_go_into_the_split_with_it(tmp_path: Path) -> None:
    table = facts(b="", c="", d="")
    groups = group(table, [("b", "elsewhere"), ("x", "y")])
    parts: dict[str, Part] = {"b": "test", "c": "train", "d": "unused"}
    split = with_aliases(Splits(parts, {name: groups[name] for name in table}), groups)
    assert split.parts == {**parts, "elsewhere": "test"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABCDEF "), st.sampled_from("PQRS ")), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=8),
)
def test_groups_agree_with_a_library_of_graphs(images: list[tuple[str, str]], links: list[tuple[int, int]]) -> None:
    names = [f"{number:02}" for number in range(len(images))]
    table = {
        name: Facts(image_id=name, label="NV", lesion_id=lesion.strip(), patient_id=patient.strip())
        for name, (lesion, patient) in zip(names, images, strict=True)
    }
    pairs = [(a, b) for a, b in links if max(a, b) < len(names)]
    joined = np.array(
        [
            [
                bool((a.lesion_id and a.lesion_id == b.lesion_id) or (a.patient_id and a.patient_id == b.patient_id))
                for b in table.values()
            ]
            for a in table.values()
        ]
    )
    for a, b in pairs:
        joined[a, b] = True
    _, component = connected_components(joined, directed=False)
    groups = group(table, [(names[a], names[b]) for a, b in pairs])
    for a, name in enumerate(names):
        for b, other in enumerate(names):
            assert (groups[name] == groups[other]) == (component[a] == component[b])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["NV", "MEL", "DF"])), min_size=1, max_size=200),
    st.integers(0, 5),
)
def test_every_image_gets_one_part_and_no_group_two(images: list[tuple[int, str]], seed: int) -> None:
    groups = {f"image {number}": f"group {owner}" for number, (owner, _) in enumerate(images)}
    strata = {f"image {number}": kind for number, (_, kind) in enumerate(images)}
    divided = divide(strata, groups, seed=seed)
    assert divided.parts.keys() == groups.keys()
    assert divided.parts == divide(dict(reversed(strata.items())), groups, seed=seed).parts


def test_shares_are_kept_in_every_stratum() -> None:
    groups = {f"{kind} {number}": f"{kind} {number // 2}" for kind in ("NV", "DF") for number in range(200)}
    divided = divide({name: name.split()[0] for name in groups}, groups, seed=0)
    counts = Counter((name.split()[0], part) for name, part in divided.parts.items())
    for kind in ("NV", "DF"):
        for part in PARTS:
            assert abs(counts[kind, part] - 200 * SHARES[part]) <= 2


def test_a_divided_group_is_a_leak() -> None:
    with pytest.raises(Leak, match="group g lies in two parts: a in train, b in test"):
        Splits({"a": "train", "b": "test"}, {"a": "g", "b": "g"})


def test_the_gate_finds_a_divided_lesion() -> None:
    one = replace(RECORD, image_id="a", sha256="1")
    other = replace(RECORD, image_id="b", sha256="2")
    splits = Splits({"a": "train", "b": "test"}, {"a": "a", "b": "b"})
    with pytest.raises(Leak, match="lesion L0 lies in two parts"):
        check(catalog(one, other), splits)


def test_the_gate_finds_one_file_under_two_lesions() -> None:
    one = replace(RECORD, image_id="a")
    other = replace(RECORD, image_id="b", lesion_id="L1")
    splits = Splits({"a": "train", "b": "validation"}, {"a": "a", "b": "b"})
    with pytest.raises(Leak, match="file hash 0 lies in two parts"):
        check(catalog(one, other), splits)


def test_the_gate_finds_a_divided_patient() -> None:
    one = replace(RECORD, image_id="a", patient_id="P", sha256="1")
    other = replace(RECORD, image_id="b", patient_id="P", lesion_id="L1", sha256="2")
    splits = Splits({"a": "train", "b": "calibration"}, {"a": "a", "b": "b"})
    with pytest.raises(Leak, match="patient P lies in two parts"):
        check(catalog(one, other), splits)


def test_the_gate_finds_a_divided_picture() -> None:
    one = replace(RECORD, image_id="a", sha256="1")
    other = replace(RECORD, image_id="b", lesion_id="L1", sha256="2")
    splits = Splits({"a": "train", "b": "calibration"}, {"a": "a", "b": "b"})
    check(catalog(one, other), splits, [("a", "z")])
    for pairs in ([("a", "b")], [("a", "z"), ("z", "b")]):
        with pytest.raises(Leak, match="picture a lies in two parts: a in train, b in calibration"):
            check(catalog(one, other), splits, pairs)


def test_what_is_unused_leaks_into_nothing() -> None:
    one = replace(RECORD, image_id="a", sha256="1")
    other = replace(RECORD, image_id="b", sha256="2")
    splits = Splits({"a": "unused", "b": "test"}, {"a": "g", "b": "g"})
    check(catalog(one, other), splits)
    assert splits.positions(catalog(one, other), "test") == [1]


def test_a_split_is_found_by_its_name(tmp_path: Path) -> None:
    Splits({"a": "train"}, {"a": "a"}).write(tmp_path / "folds" / "fold-0.csv")
    assert find("folds/fold-0.csv", tmp_path) == tmp_path / "folds" / "fold-0.csv"
    assert find("isic2019", tmp_path) == COMMITTED / "isic2019.csv"
    with pytest.raises(InvalidData, match=r"No split at .*splits.csv. Make one"):
        find("dataset", tmp_path)


def test_the_gate_wants_a_part_for_every_image() -> None:
    with pytest.raises(InvalidData, match="1 images are in no part"):
        check(catalog(RECORD), Splits({}, {}))


def test_an_amended_split_moves_only_what_turned_out_to_be_one() -> None:
    old = Splits({"a": "train", "b": "test", "c": "test", "d": "calibration", "e": "test"}, {n: n for n in "abcde"})
    new = amend(old, {"a": "a", "b": "a", "c": "c", "d": "d", "e": "d"})
    assert new.parts == {"a": "train", "b": "train", "c": "test", "d": "calibration", "e": "calibration"}
    with pytest.raises(InvalidData, match=r"1 images are in no part of the split, such as \['z'\]"):
        amend(old, {"z": "z"})


def test_amending_a_part_of_a_split_keeps_the_rest_together() -> None:
    # b and e are one lesion by the old split; now a and b turn out to be one picture, and e is not at hand.
    old = Splits({"a": "train", "b": "test", "c": "test", "e": "test"}, {"a": "a", "b": "b", "c": "c", "e": "b"})
    new = amend(old, {"a": "a", "b": "a", "c": "c"})
    assert new.parts == {"a": "train", "b": "train", "c": "test", "e": "train"}


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = Splits({"b": "test", "a": "train"}, {"b": "b", "a": "a"})
    written.write(tmp_path / "s.csv")
    read = Splits.read(tmp_path / "s.csv")
    assert (read.parts, read.groups) == (written.parts, written.groups)


def test_a_file_with_an_unknown_part_or_an_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("image_id,group,part\na,a,training\n")
    with pytest.raises(InvalidData, match="Received 'training'"):
        Splits.read(path)
    path.write_text("image_id,group,part\n")
    with pytest.raises(InvalidData, match="names no image"):
        Splits.read(path)
    path.write_text("image,group,part\na,a,train\n")
    with pytest.raises(InvalidData, match="lacks columns"):
        Splits.read(path)
    path.write_text("image_id,group,part\na,a,train\na,a,train\n")
    with pytest.raises(InvalidData, match="names a twice"):
        Splits.read(path)


@pytest.mark.data
def test_the_committed_split_divides_no_lesion_and_no_picture() -> None:
    truth, facts = data_file("ISIC_2019_Training_GroundTruth.csv"), data_file("ISIC_2019_Training_Metadata.csv")
    splits = Splits.read(COMMITTED / "isic2019.csv")
    table = read_facts(truth, facts)
    assert table.keys() == splits.parts.keys()
    places = Counter((row.lesion_id, splits.parts[name]) for name, row in table.items() if row.lesion_id)
    assert len(places) == len({lesion for lesion, _ in places})
    for images in ("ham10000_200x150.zip", "isic2019_84x84.zip"):
        check(import_isic2019(truth, facts, data_file(images), license="CC BY-NC 4.0"), splits)


def test_the_committed_split_covers_isic_2019() -> None:
    splits = Splits.read(COMMITTED / "isic2019.csv")
    counts = Counter(splits.parts.values())
    assert len(splits.parts) == 25331
    for part, share in SHARES.items():
        assert counts[part] / 25331 == pytest.approx(share, abs=0.002)
