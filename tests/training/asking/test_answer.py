from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lesion.decision import DecisionSpec, decide, energy
from lesion.diagnosis import CATEGORIES, CODES
from tests.training.asking.cases import DECISION, bundle
from training.asking.answer import Answer, recover
from training.errors import InvalidData

MALIGNANT = [category.malignant for category in CATEGORIES]
LOGITS = st.lists(st.floats(-40, 40), min_size=8, max_size=8)


@given(LOGITS, st.floats(0.3, 5), st.sampled_from([(), DECISION.log_prior]))
def test_logits_come_back_from_what_was_decided(
    logits: list[float], temperature: float, prior: tuple[float, ...]
) -> None:
    spec = DecisionSpec(temperature=temperature, log_prior=prior)
    given = np.array([logits])
    probabilities = decide(given, MALIGNANT, spec).probabilities[0]
    found = recover(probabilities, spec, float(energy(given)[0]))
    np.testing.assert_allclose(found, given[0], atol=1e-9)


def test_without_a_score_they_come_back_up_to_a_constant() -> None:
    given = np.array([[3.0, -1, 2, 0, 0, 5, -7, 1]])
    found = recover(decide(given, MALIGNANT, DECISION).probabilities[0], DECISION, None)
    assert np.ptp(found - given[0]) < 1e-12
    assert abs(found[0] - given[0, 0]) > 0.1


def answer(probabilities: list[float], **changed: object) -> Answer:
    diagnoses = [{"category": code, "probability": p} for code, p in zip(CODES, probabilities, strict=False)]
    fields = {"model": {"digest": "d", "precision": "float32"}, "references": {"image_id": "a"}, "diagnoses": diagnoses}
    return Answer.model_validate({**fields, **changed})


def test_a_probability_of_nothing_is_an_error_that_names_the_image(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"The logits of a are lost.*Received 0\.0"):
        answer([1.0, *[0.0] * 7]).logits(bundle(tmp_path))


def test_a_probability_with_few_digits_left_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="a probability rounds to nothing"):
        answer([1.0, 5e-324, *[0.1] * 6]).logits(bundle(tmp_path))


def test_classes_must_be_those_of_the_bundle(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="must hold each class once"):
        answer([0.5, 0.5]).logits(bundle(tmp_path))


@pytest.mark.parametrize(
    "changed",
    [
        {"model": {"digest": "sha256:other", "precision": "float32"}},
        {"model": {"digest": "", "precision": "int8"}},
        {"references": {"image_id": "b"}},
        {"references": {}},
    ],
)
def test_another_model_or_image_is_refused(tmp_path: Path, changed: dict[str, dict[str, str]]) -> None:
    opened = bundle(tmp_path)
    if changed.get("model", {}).get("digest") == "":
        changed["model"]["digest"] = opened.digest
    right = {"model": {"digest": opened.digest, "precision": "float32"}}
    answer([0.125] * 8, **right).expect_of(opened, "a")
    with pytest.raises(InvalidData, match=r"another model than .* or about another image"):
        answer([0.125] * 8, **{**right, **changed}).expect_of(opened, "a")
