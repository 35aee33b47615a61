"""Gaps are counted, and what they tell is measured without the flattery of small samples."""

from collections.abc import Callable

import numpy as np
import pytest

from training.catalog import Record
from training.datareport.missing import describe_missing, entropy, mutual_information


def test_entropy_in_bits() -> None:
    assert entropy(["a", "b"] * 8) == pytest.approx(1)
    assert entropy("aaaa") == 0
    assert entropy([]) == 0


def test_what_is_told_wholly_and_not_at_all() -> None:
    words = ["a", "b"] * 500
    assert mutual_information(words, words) == pytest.approx(1, abs=0.001)
    assert mutual_information(words, ["c"] * 1000) == 0
    assert mutual_information([], []) == 0


def test_chance_pairs_do_not_seem_to_tell() -> None:
    rng = np.random.default_rng(0)
    told = [
        mutual_information(rng.integers(2, size=100).tolist(), rng.integers(8, size=100).tolist()) for _ in range(50)
    ]
    assert sum(told) / 50 < 0.02  # uncorrected: 0.05


def test_gaps_are_counted_by_category_and_source(make_record: Callable[..., Record]) -> None:
    records = [make_record(number, "MEL", source="one", age=50.0, sex="male") for number in range(20)]
    records += [
        make_record(20 + number, "NV", source="two", age=50.0, sex="unknown", lesion_id="") for number in range(20)
    ]
    told = describe_missing(records)
    fields = {field.field: field for field in told.fields}
    assert {name: field.images for name, field in fields.items()} == {
        "age": 0,
        "sex": 20,
        "site": 40,
        "lesion id": 20,
        "patient id": 40,
        "confirmation": 40,
    }
    assert told.by_category.count("sex", "NV") == told.by_source.count("sex", "two") == 20
    assert told.by_category.count("sex", "MEL") == told.by_source.count("sex", "one") == 0
    assert fields["sex"].category_bits == pytest.approx(1, abs=0.02)
    assert fields["site"].category_bits == 0
    assert told.pattern_category_bits == pytest.approx(told.category_entropy_bits, abs=0.02)
    assert [field.field for field in told.fields if field.seen_by_models] == ["age", "sex", "site"]
