"""Differences of two models, and whether chance alone would make them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import answers, draw
from training.evaluation.classification import classification
from training.evaluation.delong import DeLong
from training.evaluation.paired import Difference, McNemar, PairedComparison, paired
from training.evaluation.ranking import ranking

MEL, NV = CODES.index("MEL"), CODES.index("NV")


def test_a_worse_model_is_found_worse() -> None:
    better, worse = draw(600, seed=1), draw(600, seed=1, noise=1.5)
    told = paired(better, worse)
    assert told.malignancy_auc is not None
    assert told.malignancy_delong is not None
    for difference in (told.even.balanced_accuracy, told.even.accuracy, told.calibrated.accuracy, told.malignancy_auc):
        assert 0 < difference.interval[0] < difference.value < difference.interval[1]
        assert difference.p_value < 0.01
    assert told.malignancy_delong.p_value is not None
    assert told.malignancy_delong.p_value < 0.01
    assert PairedComparison.model_validate_json(told.model_dump_json()) == told


def test_differences_are_those_of_the_figures() -> None:
    first, second = draw(300, seed=2), draw(300, seed=2, noise=0.7)
    told, one, other = paired(first, second), classification(first), classification(second)
    for found, figures in ((told.even, (one.even, other.even)), (told.calibrated, (one.calibrated, other.calibrated))):
        for name in ("balanced_accuracy", "accuracy"):
            values = [getattr(each, name).value for each in figures]
            assert getattr(found, name).value == pytest.approx(values[0] - values[1])
    areas = [ranking(each).malignancy.auc.value or 0 for each in (first, second)]
    assert told.malignancy_auc is not None
    assert told.malignancy_auc.value == pytest.approx(areas[0] - areas[1])


def test_swapped_models_differ_the_other_way() -> None:
    first, second = draw(300, seed=3), draw(300, seed=3, noise=0.7)
    there, back = paired(first, second), paired(second, first)
    assert there.malignancy_delong is not None
    assert back.malignancy_delong is not None
    assert there.malignancy_delong.z == pytest.approx(-(back.malignancy_delong.z or 0))
    assert there.malignancy_delong.p_value == pytest.approx(back.malignancy_delong.p_value)
    assert there.malignancy_auc is not None
    assert back.malignancy_auc is not None
    assert there.malignancy_auc.interval == pytest.approx([-bound for bound in reversed(back.malignancy_auc.interval)])
    assert there.calls is not None
    assert back.calls is not None
    assert there.calls.every.only_first == back.calls.every.only_second


def test_a_model_does_not_differ_from_itself() -> None:
    same = draw(200, seed=4)
    told = paired(same, same)
    assert told.even.balanced_accuracy == Difference(value=0, interval=(0, 0), p_value=1)
    assert told.malignancy_auc == Difference(value=0, interval=(0, 0), p_value=1)
    assert told.malignancy_delong is not None
    assert (told.malignancy_delong.z, told.malignancy_delong.p_value) == (None, 1)
    assert told.calls is not None
    assert told.calls.every.p_value == 1


def test_p_values_of_equally_good_models_are_evenly_spread() -> None:
    """Of models that differ by noise alone, one in five has p below 0.2, by DeLong and by the bootstrap."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        label = rng.choice([MEL, NV], 150, p=[0.4, 0.6])
        shared = rng.normal(size=(150, 8)) + np.eye(8)[label]
        first, second = (answers(label, shared + rng.normal(size=(150, 8))) for _ in range(2))
        told = paired(first, second, seed=seed)
        assert told.malignancy_delong is not None
        assert told.malignancy_auc is not None
        found.append((told.malignancy_delong.p_value, told.malignancy_auc.p_value, told.even.accuracy.p_value))
    below = (np.array(found) < 0.2).sum(axis=0)
    # The middle 99.9 % of the binomial of 60 at 0.2.
    assert ((below >= 3) & (below <= 23)).all()


def test_both_ways_to_compare_areas_agree_on_independent_images() -> None:
    first, second = draw(900, seed=5).independent(), draw(900, seed=5, noise=0.8).independent()
    told = paired(first, second)
    assert told.malignancy_auc is not None
    assert told.malignancy_delong is not None
    assert told.malignancy_auc.value == pytest.approx(told.malignancy_delong.difference)
    widths = [np.ptp(each.interval) for each in (told.malignancy_auc, told.malignancy_delong)]
    assert widths[0] == pytest.approx(widths[1], rel=0.1)


def test_mcnemar_is_the_binomial_of_those_that_they_part_on() -> None:
    first = np.repeat([True, True, False, False], [50, 12, 3, 5])
    second = np.repeat([True, False, True, False], [50, 12, 3, 5])
    told = McNemar.of(first, second)
    assert (told.images, told.only_first, told.only_second) == (70, 12, 3)
    assert told.p_value == pytest.approx(binomtest(3, 15).pvalue)
    assert told.p_value == pytest.approx(2 * sum((1, 15, 105, 455)) / 2**15)


def test_calls_are_told_apart_by_what_is_true() -> None:
    """The first alone finds the melanoma, and alone takes the nevus for one."""
    label = [MEL, NV, NV, MEL]
    sure = 10 * np.eye(8)
    told = paired(answers(label, sure[[MEL, MEL, NV, MEL]]), answers(label, sure[[NV, NV, NV, MEL]])).calls
    assert told is not None
    assert (told.malignant.only_first, told.malignant.only_second) == (1, 0)
    assert (told.others.only_first, told.others.only_second) == (0, 1)
    assert (told.every.only_first, told.every.only_second) == (1, 1)


def test_what_cannot_be_told_is_none() -> None:
    plain = DecisionSpec(temperature=1.0)
    told = paired(answers([NV, NV], np.eye(8)[:2], spec=plain), answers([NV, NV], np.eye(8)[:2], spec=plain))
    assert (told.malignancy_auc, told.malignancy_delong, told.calls) == (None, None, None)


def test_other_images_labels_and_classes_are_refused() -> None:
    first = draw(40, seed=6)
    with pytest.raises(ValueError, match="40 and 39 images, 39 of them the same"):
        paired(first, first.take(np.arange(39)))
    with pytest.raises(ValueError, match="in the same order"):
        paired(first, first.take(np.arange(40)[::-1]))
    with pytest.raises(ValueError, match="1 other label"):
        paired(first, replace(first, label=np.where(np.arange(40) == 3, (first.label + 1) % 8, first.label)))
    with pytest.raises(ValueError, match="same classes"):
        paired(first, replace(first, classes=("benign", "malignant")))


def test_a_variance_needs_two_of_either_kind() -> None:
    with pytest.raises(ValueError, match="Received 1 positives, 3 negatives"):
        DeLong.of(np.array([True, False, False, False]), np.arange(4.0), np.arange(4.0))


def test_models_that_know_other_lesions_are_not_compared() -> None:
    """One image a lesion would be another image for each, and joined by place."""
    first = draw(60, seed=7)
    merged = np.where(np.arange(60) < 6, "one lesion", first.predictions.lesion_id)
    second = replace(first, predictions=replace(first.predictions, lesion_id=merged))
    with pytest.raises(ValueError, match="6 images that are of other lesions"):
        paired(first, second)
