"""A variant's answers beside the model's: graded by the measures of the evaluation, paired by image."""

import numpy as np
import pytest

from export.errors import ConversionFailed
from export.proof import joined, prove
from export.sensitivity import harm
from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from training.evaluation.answers import Answers
from training.predictions import Predictions

RNG = np.random.default_rng(0)
LABEL = np.arange(400, dtype=np.int32) % 8
LOGITS = (RNG.normal(size=(400, 8)) + 2 * np.eye(8)[LABEL]).astype(np.float32)


def said(logits: np.ndarray, label: np.ndarray = LABEL, prefix: str = "ISIC_") -> Predictions:
    names = np.array([f"{prefix}{place}" for place in range(len(label))])
    return Predictions(names, names, label, logits.astype(np.float32))


def answers(logits: np.ndarray, label: np.ndarray = LABEL) -> Answers:
    return Answers.of(said(logits, label), DecisionSpec(temperature=1.0))


def test_the_model_itself_loses_nothing() -> None:
    proof = prove(answers(LOGITS), answers(LOGITS), ("calibration",))
    assert (proof.difference, proof.interval, proof.same_first_answer) == (0.0, (0.0, 0.0), 1.0)
    assert not proof.holds()  # of 400 lesions, a hundredth may lose what these did not
    assert proof.model_copy(update={"bound": 0.01}).holds()
    assert (proof.images, proof.lesions, proof.same_outcome) == (400, 400, None)


def test_figures_are_those_of_the_definitions() -> None:
    worse = LOGITS + RNG.normal(size=LOGITS.shape).astype(np.float32)
    proof = prove(answers(worse), answers(LOGITS), ("validation", "calibration"))
    first, second = (logits.argmax(axis=1) for logits in (worse, LOGITS))
    recalls = [np.mean(first[place == LABEL] == place) for place in range(8)]
    assert proof.balanced_accuracy == pytest.approx(np.mean(recalls))
    assert proof.difference == pytest.approx(np.mean(recalls) - np.mean(second == LABEL))  # 50 images of each class
    assert proof.same_first_answer == pytest.approx(np.mean(first == second))
    assert proof.interval[0] < proof.difference < proof.interval[1] < 0
    assert not proof.holds()


def test_one_kind_of_lesion_proves_nothing() -> None:
    label = np.zeros(40, np.int32)
    with pytest.raises(ConversionFailed, match="malignant and other lesions"):
        prove(answers(LOGITS[:40], label), answers(LOGITS[:40], label), ("test",))


def test_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="the same images"):
        prove(answers(LOGITS[:200], LABEL[:200]), answers(LOGITS), ("test",))


def test_parts_are_joined_row_by_row() -> None:
    both = joined([said(LOGITS[:3], LABEL[:3], "a"), said(LOGITS[3:5], LABEL[3:5], "b")])
    assert both.image_id.tolist() == ["a0", "a1", "a2", "b0", "b1"]
    assert (both.logits == LOGITS[:5]).all()
    assert both.categories.tolist() == list(CODES)


def test_harm_ignores_what_no_probability_depends_on() -> None:
    assert harm(LOGITS + np.float32(3), LOGITS) == pytest.approx(0, abs=1e-6)
    shifted = LOGITS.copy()
    shifted[:, 0] += 8
    assert harm(shifted, LOGITS) == pytest.approx(np.sqrt((7**2 + 7) / 8), rel=1e-5)
