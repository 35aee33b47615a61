"""Every metric that scikit-learn has, against it; DeLong against its definition."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    matthews_corrcoef,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)

from tests.training.evaluation.trials import TRIALS, draw
from training.bootstrap import redrawn
from training.evaluation.answers import Answers
from training.evaluation.classification import ReadingName, chosen, classification
from training.evaluation.delong import areas_and_covariance
from training.evaluation.paired import paired
from training.evaluation.ranking import ranking
from training.evaluation.sweep import Order, Sweep

CLOSE = 1e-9

trials = pytest.mark.parametrize("answers", TRIALS.values(), ids=TRIALS)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")  # "undecided", among others
@pytest.mark.parametrize("reading", ["even", "calibrated"])
@trials
def test_what_is_answered(answers: Answers, reading: ReadingName) -> None:
    told = getattr(classification(answers), reading)
    truth, answer = answers.label, chosen(answers, reading)
    present = np.unique(truth)
    assert told.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(truth, answer), abs=CLOSE)
    assert told.accuracy.value == pytest.approx(accuracy_score(truth, answer), abs=CLOSE)
    assert told.kappa.value == pytest.approx(cohen_kappa_score(truth, answer), abs=CLOSE)
    assert told.mcc.value == pytest.approx(matthews_corrcoef(truth, answer), abs=CLOSE)
    table = confusion_matrix(truth, answer, labels=range(9))
    assert np.array_equal(told.confusion, table[:8, :8])
    assert np.array_equal(told.undecided, table[:8, 8])
    for kind, means in (("macro", told.macro), ("weighted", told.weighted)):
        expected = precision_recall_fscore_support(truth, answer, labels=present, average=kind, zero_division=0)
        found = (means.precision.value, means.recall.value, means.f1.value)
        assert found == pytest.approx(expected[:3], abs=CLOSE)


@pytest.mark.parametrize("reading", ["even", "calibrated"])
@trials
def test_each_class_against_the_others(answers: Answers, reading: ReadingName) -> None:
    told = getattr(classification(answers), reading).classes
    for place, grade in enumerate(told):
        truth, answer = answers.label == place, chosen(answers, reading) == place
        precision, recall, f1, _ = precision_recall_fscore_support(truth, answer, average="binary", zero_division=0)
        specificity = precision_recall_fscore_support(~truth, ~answer, average="binary", zero_division=0)[1]
        assert grade.images == truth.sum()
        assert grade.lesions == len(set(answers.predictions.lesion_id[truth].tolist()))
        assert grade.specificity.value == pytest.approx(specificity, abs=CLOSE)
        assert (grade.precision.value or 0) == pytest.approx(precision, abs=CLOSE)
        if truth.any():
            assert (grade.recall.value, grade.f1.value) == pytest.approx((recall, f1), abs=CLOSE)
        else:
            assert (grade.recall.value, grade.f1.value) == (None, None)


def partial_auc(truth: np.ndarray, score: np.ndarray) -> float:
    """As the competition of 2024 has it: of the flipped problem, freed from the scaling of McClish."""
    scaled = roc_auc_score(~truth, -score, max_fpr=0.2)
    least, most = 0.5 * 0.2**2, 0.2
    return float(least + (most - least) * (2 * scaled - 1))


@trials
def test_how_images_are_ranked(answers: Answers) -> None:
    told = ranking(answers)
    truths = [*np.eye(8, dtype=bool)[answers.label].T, answers.malignant]
    scores = [*answers.decision.probabilities.T, answers.decision.malignancy]
    areas, precisions = {}, {}
    for place, (ranked, truth, score) in enumerate(zip((*told.classes, told.malignancy), truths, scores, strict=True)):
        if not truth.any():
            assert (ranked.auc.value, ranked.average_precision.value, ranked.roc) == (None, None, None)
            continue
        areas[place], precisions[place] = roc_auc_score(truth, score), average_precision_score(truth, score)
        assert ranked.auc.value == pytest.approx(areas[place], abs=CLOSE)
        assert ranked.average_precision.value == pytest.approx(precisions[place], abs=CLOSE)
        assert ranked.partial_auc.value == pytest.approx(partial_auc(truth, score), abs=CLOSE)
        alarms, sensitivity, _ = roc_curve(truth, score, drop_intermediate=False)
        for level in ranked.sensitivity:
            reached = sensitivity[1 - alarms >= level.level - 1e-12].max()
            assert level.value.value == pytest.approx(reached, abs=CLOSE)
        for level in ranked.specificity:
            reached = (1 - alarms)[sensitivity >= level.level - 1e-12].max()
            assert level.value.value == pytest.approx(reached, abs=CLOSE)
    for means, figures in ((told.macro.auc, areas), (told.macro.average_precision, precisions)):
        assert means.value == pytest.approx(np.mean([figures[place] for place in figures if place < 8]), abs=CLOSE)
    seen = np.bincount(answers.label, minlength=8)
    for means, figures in ((told.weighted.auc, areas), (told.weighted.average_precision, precisions)):
        expected = sum(seen[place] * figures[place] for place in figures if place < 8) / seen.sum()
        assert means.value == pytest.approx(expected, abs=CLOSE)


@trials
def test_every_draw_is_ranked_as_if_its_images_were_there(answers: Answers) -> None:
    """Weights of scikit-learn's own functions say what a draw is: the fast path must give the same."""
    truth, score = answers.malignant, answers.decision.malignancy
    times = next(redrawn(answers.predictions.lesion_id, seed=5))[:20]
    sweep = Order.of(truth, score).sweep(times)
    for place, weights in enumerate(times):
        weighted = roc_auc_score(truth, score, sample_weight=weights)
        assert sweep.auc()[place] == pytest.approx(weighted, abs=CLOSE)
        weighted = average_precision_score(truth, score, sample_weight=weights)
        assert sweep.average_precision()[place] == pytest.approx(weighted, abs=CLOSE)
        drawn = np.repeat(np.arange(len(truth)), weights)
        assert sweep.area_above(0.8)[place] == pytest.approx(partial_auc(truth[drawn], score[drawn]), abs=CLOSE)


@trials
def test_the_band_is_of_the_curves_of_the_draws(answers: Answers) -> None:
    truth, score = answers.malignant, answers.decision.malignancy
    grid = np.linspace(0.05, 1, 20)
    sweep = Order.of(truth, score).sweep(np.ones((1, len(truth)), np.int64))
    alarms, sensitivity, _ = roc_curve(truth, score, drop_intermediate=False)
    np.testing.assert_allclose(sweep.sensitivity_on(grid)[0], np.interp(grid, alarms, sensitivity), atol=1e-12)
    called = [score >= np.sort(score[truth])[::-1][int(np.ceil(share * truth.sum() - 1e-9)) - 1] for share in grid]
    precision = [truth[each].mean() for each in called]
    np.testing.assert_allclose(sweep.precision_on(grid)[0], precision, atol=1e-12)


def structural_components(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Areas and their covariance by comparing each positive with each negative, as DeLong et al. define them."""
    ones, others = scores[:, truth], scores[:, ~truth]
    wins = (ones[:, :, None] > others[:, None, :]) + 0.5 * (ones[:, :, None] == others[:, None, :])
    areas = wins.mean(axis=(1, 2))
    parts = [wins.mean(axis=axis) - areas[:, None] for axis in (2, 1)]
    spread = [part @ part.T / (part.shape[1] - 1) / part.shape[1] for part in parts]
    return areas, spread[0] + spread[1]


@pytest.mark.parametrize("tied", [False, True])
def test_delong_by_its_definition(tied: bool) -> None:  # noqa: FBT001
    first, second = draw(300, seed=7, tied=tied), draw(300, seed=7, tied=tied, noise=0.8)
    told = paired(first, second).malignancy_delong
    assert told is not None
    ones, others = first.independent(), second.independent()
    scores = np.stack([ones.decision.malignancy, others.decision.malignancy])
    expected, covariance = structural_components(ones.malignant, scores)
    areas, found = areas_and_covariance(ones.malignant, scores)
    np.testing.assert_allclose(areas, expected, atol=1e-12)
    np.testing.assert_allclose(found, covariance, atol=1e-12)
    np.testing.assert_allclose(areas, [roc_auc_score(ones.malignant, score) for score in scores], atol=1e-12)
    z = (expected[0] - expected[1]) / np.sqrt([1, -1] @ covariance @ [1, -1])
    assert told.z == pytest.approx(z, abs=CLOSE)
    assert told.p_value == pytest.approx(2 * norm.cdf(-abs(z)), abs=CLOSE)


def test_a_sweep_says_what_each_threshold_calls() -> None:
    truth, score = np.array([1, 0, 1, 0, 0, 1], bool), np.array([0.9, 0.8, 0.7, 0.7, 0.2, 0.1])
    sweep = Order.of(truth, score).sweep(np.ones((1, 6), np.int64))
    # 0.9 | 0.8 | 0.7 twice | 0.2 | 0.1: one step each, for no two negatives follow each other alone.
    assert isinstance(sweep, Sweep)
    assert sweep.true.tolist() == [[0, 1, 1, 2, 2, 3]]
    assert sweep.false.tolist() == [[0, 0, 1, 2, 3, 3]]
