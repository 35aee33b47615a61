"""Baselines learn what is there, nothing that is not, and never see the group they are judged on."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from lesion.diagnosis import CODES
from tests.paths import data_file
from training.catalog import Record
from training.datareport import sights
from training.datareport.baselines import Sight, Target, compare, folds
from training.importers.isic2019 import read_facts


def groups_of(records: Iterable[Record]) -> dict[str, str]:
    return {record.image_id: record.lesion_id or record.image_id for record in records}


@pytest.fixture
def told_by_age(make_record: Callable[..., Record]) -> list[Record]:
    """AK in the young, SCC in the old; two images a lesion; sites and sexes at random."""
    rng = np.random.default_rng(0)
    return [
        make_record(
            number,
            "AK" if number // 2 % 2 else "SCC",
            lesion_id=f"L{number // 2}",
            age=float(rng.integers(20, 50) if number // 2 % 2 else rng.integers(60, 90)),
            sex=("female", "male")[rng.integers(2)],
            site=None if rng.random() < 0.3 else "head/neck",
            source=("one", "two")[rng.integers(2)],
        )
        for number in range(160)
    ]


def test_no_group_is_divided_between_folds() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 60, 400)
    label = rng.integers(0, 3, 60)[groups]
    fold = folds(label, groups, seed=0)
    assert set(fold) == set(range(5))
    assert all(len(set(fold[groups == group])) == 1 for group in range(60))
    assert (fold == folds(label, groups, seed=0)).all()


def test_metadata_that_tells_is_found_and_gaps_at_random_are_not(told_by_age: list[Record]) -> None:
    target = sights.category(told_by_age, groups_of(told_by_age))
    people, gaps = compare([sights.metadata(told_by_age), sights.gaps(told_by_age)], target, seed=0)
    assert people.grade is not None
    assert people.grade.balanced_accuracy > 0.95
    assert people.grade.classes == ("AK", "SCC")
    assert people.grade.malignancy_auc is not None
    assert gaps.grade is not None
    assert not gaps.grade.beats_chance


def test_gaps_that_tell_are_found(told_by_age: list[Record], make_record: Callable[..., Record]) -> None:
    records = [
        make_record(n, r.label, site=None if r.label == "AK" else "head/neck") for n, r in enumerate(told_by_age)
    ]
    (gaps,) = compare([sights.gaps(records)], sights.category(records, groups_of(records)), seed=0)
    assert gaps.grade is not None
    assert gaps.grade.balanced_accuracy == 1


def test_what_only_names_the_group_does_not_help() -> None:
    """Ten images a lesion, each knowing its lesion's number: divided groups would be told at once."""
    groups = np.arange(400) // 10
    words = tuple(np.random.default_rng(0).permutation(["a", "b"] * 20)[groups].tolist())
    (baseline,) = compare(
        [Sight("number", groups[:, None].astype(np.float64))], Target("t", words, ("a", "b"), groups), seed=0
    )
    assert baseline.grade is not None
    assert not baseline.grade.beats_chance


def test_a_class_of_few_groups_is_left_out_and_named() -> None:
    words = ("a",) * 20 + ("b",) * 20 + ("c",) * 40
    groups = np.array([*range(40), *([40] * 40)])  # 40 images of c, all of one lesion
    target = Target("t", words, ("a", "b", "c"), groups)
    (baseline,) = compare([Sight("row", np.arange(80.0)[:, None])], target, seed=0)
    assert baseline.left_out == {"c": 1}
    assert baseline.grade is not None
    assert (baseline.grade.classes, baseline.grade.images) == (("a", "b"), 40)


def test_nothing_to_tell_apart_and_nothing_to_see_are_said() -> None:
    target = Target("t", ("a",) * 20, ("a",), np.arange(20))
    (baseline,) = compare([Sight("row", np.arange(20.0)[:, None])], target, seed=0)
    assert baseline.grade is None
    assert "fewer than two classes of t" in baseline.reason
    target = Target("t", ("a", "b") * 10, ("a", "b"), np.arange(20))
    blind, dark = compare([Sight("one", np.ones((20, 2))), Sight("nan", np.full((20, 1), np.nan))], target, seed=0)
    assert blind.reason == dark.reason == "it is the same for every image"


def test_sights_say_unknown_as_not_a_number(make_record: Callable[..., Record]) -> None:
    records = [
        make_record(0, age=40.0, sex="male", site="head/neck", source="a"),
        make_record(1, sex="other", source="b"),
        make_record(2, source="a"),
    ]
    np.testing.assert_array_equal(sights.metadata(records).values, [[40, 1, 1], [np.nan] * 3, [np.nan] * 3])
    np.testing.assert_array_equal(sights.gaps(records).values, [[0, 0, 0], [1, 0, 1], [1, 1, 1]])
    np.testing.assert_array_equal(sights.origin(records).values, [[0], [1], [0]])


@pytest.mark.data
def test_isic_2019_is_as_others_found_it() -> None:
    facts = read_facts(data_file("ISIC_2019_Training_GroundTruth.csv"), data_file("ISIC_2019_Training_Metadata.csv"))
    records = [Record(**vars(row), sha256="", file="") for row in facts.values()]
    target = sights.category(records, groups_of(records))
    people, gaps = compare([sights.metadata(records), sights.gaps(records)], target, seed=0)
    assert people.grade is not None
    assert gaps.grade is not None
    # Another hand, with larger trees: 0.291, 0.702 and 0.708 from metadata; 0.151 from gaps.
    assert people.grade.balanced_accuracy == pytest.approx(0.30, abs=0.03)
    assert people.grade.macro_auc == pytest.approx(0.71, abs=0.02)
    assert people.grade.malignancy_auc == pytest.approx(0.72, abs=0.03)
    assert gaps.grade.balanced_accuracy == pytest.approx(0.147, abs=0.012)
    assert people.grade.classes == CODES
    assert people.grade.groups == 13931
