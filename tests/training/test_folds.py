"""Every image is tested once, no group is divided, and a source held out is held out whole."""

from collections import Counter

import pytest

from training.catalog import Facts
from training.errors import InvalidData
from training.folds import k_folds, leave_one_source_out
from training.splits import PARTS, group


def table(count: int = 200) -> dict[str, Facts]:
    """Lesions with two images each, of two categories and three sources."""
    return {
        f"image {number:03}": Facts(
            image_id=f"image {number:03}",
            label="MEL" if number % 8 < 2 else "NV",
            lesion_id=f"L{number // 2}",
            source=("A", "B", "C")[number // 2 % 3],
        )
        for number in range(count)
    }


def test_every_image_is_in_test_once() -> None:
    images = table()
    groups = group(images, [])
    splits = k_folds(images, groups, folds=5, seed=3)
    tested = Counter(name for split in splits for name, part in split.parts.items() if part == "test")
    assert tested == Counter(images.keys())
    for split in splits:
        assert split.parts.keys() == images.keys()
        counts = Counter(split.parts.values())
        assert counts["test"] == pytest.approx(40, abs=4)
        assert counts["train"] == pytest.approx(120, abs=10)
        assert min(counts[part] for part in PARTS) >= 14
        melanomas = sum(images[name].label == "MEL" for name, part in split.parts.items() if part == "test")
        assert melanomas == pytest.approx(10, abs=2)


def test_folds_depend_on_the_seed_alone() -> None:
    images = table()
    groups = group(images, [])
    first, again, other = (k_folds(images, groups, folds=4, seed=seed) for seed in (1, 1, 2))
    assert [split.parts for split in first] == [split.parts for split in again]
    assert [split.parts for split in first] != [split.parts for split in other]


@pytest.mark.parametrize("folds", [1, 0, 101])
def test_folds_that_cannot_be_are_refused(folds: int) -> None:
    images = table()
    with pytest.raises(InvalidData, match=f"Expected 2 to 100 folds.*Received {folds}"):
        k_folds(images, group(images, []), folds=folds, seed=0)


def test_a_source_is_held_out_whole() -> None:
    images = table()
    splits = leave_one_source_out(images, group(images, []), seed=0)
    assert set(splits) == {"A", "B", "C"}
    for source, split in splits.items():
        tested = {name for name, part in split.parts.items() if part == "test"}
        assert tested == {name for name, facts in images.items() if facts.source == source}
        assert set(split.parts.values()) == set(PARTS)


def test_a_picture_in_two_sources_goes_to_test_with_each() -> None:
    images = table()
    # image 000 is of source A, image 002 of source B.
    splits = leave_one_source_out(images, group(images, [("image 000", "image 002")]), seed=0)
    for source in ("A", "B"):
        assert splits[source].parts["image 000"] == splits[source].parts["image 003"] == "test"
    assert splits["C"].parts["image 000"] != "test"


def test_one_source_cannot_be_left_out() -> None:
    images = {name: facts for name, facts in table().items() if facts.source == "A"}
    with pytest.raises(InvalidData, match=r"two or more. Received \['A'\]"):
        leave_one_source_out(images, group(images, []), seed=0)
