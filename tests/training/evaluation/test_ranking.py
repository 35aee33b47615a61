"""Areas, levels, curves and their bands."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import answers, draw
from training.evaluation.answers import Answers
from training.evaluation.curve import Curve
from training.evaluation.delong import areas_and_covariance
from training.evaluation.ranking import Ranking, ranking
from training.evaluation.sweep import Order
from training.predictions import Predictions
from training.target import Target

NV, MEL = CODES.index("NV"), CODES.index("MEL")


def test_a_perfect_ranking() -> None:
    label = np.repeat([MEL, NV], 20)
    told = ranking(answers(label, 10 * np.eye(8)[label] + np.linspace(0, 0.1, 40)[:, None] * np.eye(8)[NV]))
    for ranked in (told.classes[MEL], told.malignancy):
        assert ranked.auc.value == ranked.average_precision.value == 1
        assert ranked.partial_auc.value == pytest.approx(0.2)
        assert all(level.value.value == 1 for level in (*ranked.sensitivity, *ranked.specificity))
        assert ranked.auc.interval is None
    assert told.macro.auc.value == told.weighted.auc.value == 1


def test_scores_that_say_nothing_rank_by_chance() -> None:
    label = np.repeat([MEL, NV], [10, 30])
    told = ranking(answers(label, np.zeros((40, 8)))).malignancy
    assert told.auc.value == 0.5
    assert told.average_precision.value == 0.25
    assert told.partial_auc.value == pytest.approx(0.02)
    assert told.sensitivity[0].value.value == 0
    assert told.roc is not None
    assert (told.roc.x, told.roc.y) == ((0, 1), (0, 1))


def test_one_kind_of_image_cannot_be_ranked() -> None:
    told = ranking(answers([NV] * 5, np.random.default_rng(0).normal(size=(5, 8))))
    assert told.malignancy.auc.value is None
    assert told.malignancy.average_precision.value is None
    assert (told.malignancy.roc, told.malignancy.precision_recall) == (None, None)
    assert told.malignancy.sensitivity[0].value.value is None
    assert told.macro.auc.value is None
    assert Ranking.model_validate_json(told.model_dump_json()) == told


def test_figures_lie_in_their_intervals_and_curves_in_their_bands() -> None:
    told = ranking(draw(700, seed=5))
    assert told.macro.auc.interval is not None
    assert told.weighted.average_precision.interval is not None
    for ranked in (told.classes[NV], told.malignancy):
        for estimate in (ranked.auc, ranked.average_precision, ranked.partial_auc, ranked.sensitivity[1].value):
            assert estimate.value is not None
            assert estimate.interval is not None
            assert estimate.interval[0] < estimate.value < estimate.interval[1]
        for curve in (ranked.roc, ranked.precision_recall):
            assert curve is not None
            assert (np.array(curve.low) <= np.array(curve.high)).all()
        assert ranked.roc is not None
        inside = np.interp(ranked.roc.grid, ranked.roc.x, ranked.roc.y)
        held = (np.array(ranked.roc.low) - 1e-3 <= inside) & (inside <= np.array(ranked.roc.high) + 1e-3)
        assert held.mean() > 0.95


def test_the_interval_of_an_area_is_as_wide_as_delong_says() -> None:
    given = draw(900, seed=6).independent()
    told = ranking(given).malignancy.auc
    _, covariance = areas_and_covariance(given.malignant, given.decision.malignancy[None])
    assert told.interval is not None
    assert (told.interval[1] - told.interval[0]) / (2 * 1.96) == pytest.approx(covariance.item() ** 0.5, rel=0.1)


def test_images_of_one_lesion_are_one_observation() -> None:
    given = draw(200, seed=8)
    logits = np.repeat(given.predictions.logits, 4, axis=0)
    label, lesions = np.repeat(given.label, 4), np.repeat(given.predictions.lesion_id, 4).tolist()
    once, fourfold = ranking(given).malignancy.auc, ranking(answers(label, logits, lesions)).malignancy.auc
    assert fourfold.value == pytest.approx(once.value)
    assert fourfold.interval == pytest.approx(once.interval)


def test_a_model_of_one_logit_is_ranked_as_two_classes() -> None:
    given = draw(100, seed=9).predictions
    single = Predictions(given.image_id, given.lesion_id, given.label, given.logits[:, :1])
    told = ranking(Answers.of(single, DecisionSpec(temperature=1.0), Target(kind="malignancy")))
    assert [each.name for each in told.classes] == ["benign", "malignant"]
    assert told.classes[1].auc.value == pytest.approx(told.malignancy.auc.value)
    assert told.classes[0].auc.value == pytest.approx(told.malignancy.auc.value)


def test_a_long_curve_is_thinned_and_keeps_its_ends_and_its_area() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(5000) < 0.3
    order = Order.of(truth, rng.normal(size=5000) + truth)
    sweep = order.sweep(np.ones((1, 5000), np.int64))
    bands = np.zeros((3, 101)), np.zeros((3, 100))
    roc, precision_recall = Curve.roc(sweep, bands[0]), Curve.precision_recall(sweep, bands[1])
    assert 150 < len(roc.x) <= 200
    assert len(precision_recall.x) <= 200
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(sweep.auc()[0], abs=2e-3)
    assert precision_recall.x[-1] == 1
    assert precision_recall.y[-1] == pytest.approx(sweep.precision[0, np.argmax(sweep.true[0])], abs=1e-5)
    assert (np.diff(roc.x) >= 0).all()


def test_a_draw_without_positives_has_nothing_to_measure() -> None:
    sweep = Order.of(np.array([True, False, False]), np.array([0.9, 0.4, 0.1])).sweep(np.array([[0, 2, 1], [1, 1, 1]]))
    for measured in (sweep.auc(), sweep.average_precision(), sweep.area_above(0.8)):
        assert np.isnan(measured).tolist() == [True, False]
    for measured in (sweep.sensitivity_at(np.array([0.9])), sweep.specificity_at(np.array([0.9]))):
        assert np.isnan(measured[:, 0]).tolist() == [True, False]
