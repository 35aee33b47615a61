"""What is known is encoded where its name says; what is not known is said to be unknown."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lesion.patient import FIELDS, SITES, MetadataSpec, Patient, encode, hide

SPEC = MetadataSpec()


def named(patient: Patient, spec: MetadataSpec = SPEC) -> dict[str, float]:
    """The columns that are not zero, by name."""
    row = encode(patient, spec)
    return {name: float(value) for name, value in zip(spec.columns, row, strict=True) if value}


def test_everything_known() -> None:
    row = named(Patient(age=55, sex="female", site="head/neck"))
    assert row == {"age": pytest.approx(0.55), "sex: female": 1, "site: head/neck": 1}


def test_nothing_known() -> None:
    assert named(Patient()) == {"age: unknown": 1, "sex: unknown": 1, "site: unknown": 1}


def test_age_zero_is_known() -> None:
    assert "age: unknown" not in named(Patient(age=0))


@pytest.mark.parametrize("sex", ["other", "unknown"])
def test_other_sexes_are_accepted_and_encoded_as_unknown(sex: Any) -> None:
    assert named(Patient(sex=sex))["sex: unknown"] == 1


@given(
    age=st.none() | st.floats(0, 120),
    sex=st.sampled_from([None, "female", "male", "other", "unknown"]),
    site=st.none() | st.sampled_from(SITES),
)
def test_each_field_sets_exactly_one_of_its_columns(age: float | None, sex: Any, site: Any) -> None:
    row = encode(Patient(age=age, sex=sex, site=site), SPEC)
    assert row.shape == (SPEC.width,)
    assert row.dtype == np.float32
    assert row[2:5].sum() == 1
    assert row[5:].sum() == 1
    assert (row[1] == 1) == (age is None)


@pytest.mark.parametrize(
    ("given_fields", "message"),
    [
        ({"age": -3}, "greater than or equal to 0"),
        ({"age": 400}, "less than or equal to 120"),
        ({"age": "abc"}, "valid number"),
        ({"age": "55"}, "valid number"),
        ({"age": True}, "valid number"),
        ({"age": float("nan")}, "finite number"),
        ({"sex": "F"}, "'female', 'male', 'other' or 'unknown'"),
        ({"site": "back"}, "'anterior torso'"),
        ({"name": "Jane"}, "not permitted"),
    ],
)
def test_nonsense_is_refused(given_fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Patient.model_validate(given_fields)


def test_a_spec_survives_its_own_json() -> None:
    assert MetadataSpec.model_validate_json(SPEC.model_dump_json()) == SPEC


def test_columns_that_do_not_fit_the_vocabularies_are_refused() -> None:
    tree = SPEC.model_dump()
    tree["columns"] = tree["columns"][::-1]
    with pytest.raises(ValidationError, match="do not fit the vocabularies"):
        MetadataSpec.model_validate(tree)


def test_a_smaller_vocabulary_counts_the_rest_as_unknown() -> None:
    spec = MetadataSpec(sexes=("female",), sites=("head/neck",))
    assert named(Patient(sex="male", site="palms/soles"), spec) == {
        "age: unknown": 1,
        "sex: unknown": 1,
        "site: unknown": 1,
    }


def test_a_hidden_field_is_encoded_as_not_known() -> None:
    spec = MetadataSpec(sites=("head/neck", "palms/soles"))
    patients = [Patient(age=55, sex="female", site="head/neck"), Patient(sex="male", site="oral/genital"), Patient()]
    ways = [dict(zip(FIELDS, way, strict=True)) for way in product((False, True), repeat=len(FIELDS))]
    for person in patients:
        rows = np.stack([encode(person, spec)] * len(ways))
        hidden = np.array([[way[field] for field in FIELDS] for way in ways])
        for row, way in zip(hide(rows, hidden, spec), ways, strict=True):
            shown = person.model_copy(update={field: None for field in FIELDS if way[field]})
            np.testing.assert_array_equal(row, encode(shown, spec))
        np.testing.assert_array_equal(rows, np.stack([encode(person, spec)] * len(ways)), "the rows given are kept")
