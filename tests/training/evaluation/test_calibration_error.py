"""Calibration of a decision: its scores by hand and by scikit-learn, its stages, and independent images."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from lesion.decision import softmax
from tests.training.evaluation.trials import SPEC, TRIALS, answers, draw
from training.evaluation.answers import Answers
from training.evaluation.calibration_error import Calibration, calibration, top
from training.predictions import Predictions
from training.target import Target


@pytest.fixture(scope="module")
def told() -> Calibration:
    return calibration(TRIALS["random"])


def test_scores_are_those_of_scikit_learn(told: Calibration) -> None:
    given = TRIALS["random"]
    scores, decision = told.all_images.scores, given.decision
    assert scores.log_loss == pytest.approx(log_loss(given.label, decision.probabilities, labels=range(8)))
    assert scores.malignancy_brier == pytest.approx(brier_score_loss(given.malignant, decision.malignancy))
    squares = [brier_score_loss(given.label == k, decision.probabilities[:, k]) for k in range(8)]
    assert scores.brier == pytest.approx(sum(squares))


def test_one_image_a_lesion_is_told_apart(told: Calibration) -> None:
    alone = TRIALS["random"].independent()
    assert (told.all_images.images, told.independent.images) == (400, len(alone.label))
    assert told.independent == calibration(alone).all_images
    assert sum(row.right.total for row in told.independent.top.table) == len(alone.label)


def test_stages_lead_from_the_softmax_to_the_decision(told: Calibration) -> None:
    alone = TRIALS["random"].independent()
    raw, temperature, decision = told.stages
    assert [stage.reading for stage in told.stages] == ["raw", "temperature", "decision"]
    own = np.arange(len(alone.label)), alone.label
    logits = alone.predictions.logits.astype(np.float64)
    assert raw.scores.log_loss == pytest.approx(-np.log(softmax(logits)[own]).mean())
    assert temperature.scores.log_loss == pytest.approx(-np.log(softmax(logits / SPEC.temperature)[own]).mean())
    assert decision.top == told.independent.top.equal_width
    assert decision.scores == told.independent.scores


def test_the_right_prior_mends_the_probabilities() -> None:
    """Labels of the trials come from the prior of their decision; without it, rare classes are told too often."""
    _, temperature, decision = calibration(draw(800, seed=5)).stages
    assert decision.class_wise.value < temperature.class_wise.value
    assert decision.scores.log_loss < temperature.scores.log_loss


def test_a_single_logit_is_read_like_two() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 8, 200).astype(np.int32)
    names = np.arange(200).astype(str)
    single = Predictions(names, names, label, rng.normal(size=(200, 1)).astype(np.float32))
    told = calibration(Answers.of(single, SPEC.model_copy(update={"log_prior": ()}), Target(kind="malignancy")))
    # With two classes, the squared distances of both are the same.
    assert told.independent.scores.brier == pytest.approx(2 * told.independent.scores.malignancy_brier)
    assert told.stages[0].scores.log_loss == pytest.approx(
        np.logaddexp(0, np.where(np.isin(label, [0, 2, 7]), -1, 1) * single.logits[:, 0].astype(np.float64)).mean()
    )


def test_a_model_that_is_sure_and_right_has_no_error() -> None:
    label = np.arange(40) % 8
    told = calibration(answers(label, 500 * np.eye(8)[label])).independent
    assert told.top.equal_width.value == told.scores.brier == told.scores.log_loss == 0
    assert told.class_wise.value < 1e-200
    assert told.recalibration is None


def test_the_first_answer_and_whether_it_is_right() -> None:
    confidence, right = top(np.array([[0.7, 0.3], [0.4, 0.6]]), np.array([0, 0]))
    assert confidence.tolist() == [0.7, 0.6]
    assert right.tolist() == [True, False]


def test_it_can_be_written_and_read(told: Calibration) -> None:
    assert Calibration.model_validate_json(told.model_dump_json()) == told
