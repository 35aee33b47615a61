"""Contradictions are found, and what is merely unknown is none."""

from collections.abc import Callable

from training.catalog import LeftOut, Record
from training.datareport.pairs import Pair
from training.datareport.quality import describe_quality

Make = Callable[..., Record]


def pair(a: int, b: int, kind: str = "near", labels: str = "differ") -> Pair:
    content = {
        "a": f"ISIC_{9_000_000 + a}",
        "b": f"ISIC_{9_000_000 + b}",
        "kind": kind,
        "similarity": 0.99,
        "labels": labels,
    }
    return Pair.model_validate(content)


def test_lesions_that_contradict_themselves(make_record: Make) -> None:
    records = [
        make_record(0, "MEL", lesion_id="bad", age=40.0, sex="male", site="head/neck", source="a", patient_id="P"),
        make_record(1, "NV", lesion_id="bad", age=50.0, sex="female", site="palms/soles", source="b", patient_id="P"),
        make_record(2, "NV", lesion_id="good", age=40.0, sex="male", source="a"),
        make_record(3, "NV", lesion_id="good", age=45.0, sex="unknown", site="head/neck", source="a"),
        make_record(4, "NV", lesion_id="good", source="a"),
        make_record(5, "NV", lesion_id="", sex="male"),
        make_record(6, "MEL", lesion_id="", sex="female"),
    ]
    told = describe_quality(records, [], [], near_searched=True)
    for _, conflicts in told.conflicts:
        assert [conflict.images for conflict in conflicts] == [("ISIC_9000000", "ISIC_9000001")]
    assert [conflicts[0].values for _, conflicts in told.conflicts] == [
        ("MEL", "NV"),
        ("female", "male"),
        ("40", "50"),
        ("head/neck", "palms/soles"),
        ("a", "b"),
        ("female", "male"),
    ]
    assert [conflicts[0].name for _, conflicts in told.conflicts] == ["bad"] * 5 + ["P"]


def test_left_out_is_counted_by_reason_with_the_first_names() -> None:
    left_out = [LeftOut(f"a{number}", "no file") for number in range(7)] + [LeftOut("b", "two labels")]
    reasons = describe_quality([], left_out, [], near_searched=False).left_out
    assert [(reason.reason, reason.images) for reason in reasons] == [("no file", 7), ("two labels", 1)]
    assert reasons[0].examples == ("a0", "a1", "a2", "a3", "a4")


def test_pairs_are_counted_and_those_left_out_are_settled(make_record: Make) -> None:
    records = [make_record(number) for number in range(4)]
    pairs = [pair(0, 1), pair(2, 3, "identical file", "same"), pair(0, 9, "identical picture")]
    told = describe_quality(records, [LeftOut("ISIC_9000009", "two labels")], pairs, near_searched=True)
    assert told.pairs.counts == ((1, 0), (0, 1), (0, 1))
    assert (told.differing, told.settled) == ((pairs[0],), (pairs[2],))
