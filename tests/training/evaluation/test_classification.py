"""Counts, ties, absent classes and intervals, worked out by hand."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import answers, draw
from training.evaluation.classification import Classification, chosen, classification, figures, first, read

MEL, NV, BCC = (CODES.index(code) for code in ("MEL", "NV", "BCC"))
PLAIN = DecisionSpec(temperature=1.0)


def certain(label: list[int], answered: list[int], lesions: list[str] | None = None) -> Classification:
    return classification(answers(label, 10 * np.eye(8)[answered], lesions, spec=PLAIN))


def test_two_largest_probabilities_are_no_answer() -> None:
    probabilities = np.array([[0.4, 0.4, 0.2], [0.2, 0.5, 0.3], [0.1, 0.45, 0.45]])
    assert first(probabilities).tolist() == [3, 1, 3]
    logits = np.zeros((2, 8))
    logits[0, [MEL, NV]] = 3
    logits[1, NV] = 3
    told = classification(answers([MEL, NV], logits, spec=PLAIN)).even
    assert told.accuracy.value == 0.5
    assert told.undecided[MEL] == 1
    assert np.sum(told.confusion) == 1


def test_the_prior_decides_what_is_calibrated_and_not_what_is_even() -> None:
    logits = np.zeros((1, 8))
    logits[0, MEL], logits[0, NV] = 1.0, 0.5
    prior = np.full(8, 0.01)
    prior[NV] = 0.93
    given = answers([NV], logits, spec=DecisionSpec(temperature=1.0, log_prior=tuple(np.log(prior).tolist())))
    assert chosen(given, "even").tolist() == [MEL]
    assert chosen(given, "calibrated").tolist() == [NV]
    told = classification(given)
    assert (told.even.accuracy.value, told.calibrated.accuracy.value) == (0, 1)


def test_absent_classes_count_in_no_mean_and_one_never_answered_as_no_precision() -> None:
    told = certain([MEL, MEL, NV, NV, NV, NV], [MEL, NV, NV, NV, NV, BCC]).even
    assert told.balanced_accuracy.value == pytest.approx((1 / 2 + 3 / 4) / 2)
    assert told.macro.precision.value == pytest.approx((1 + 3 / 4) / 2)
    assert told.weighted.recall.value == told.accuracy.value == pytest.approx(4 / 6)
    grade = {each.name: each for each in told.classes}
    assert grade["BCC"].recall.value is None
    assert grade["BCC"].precision.value == 0
    assert grade["VASC"].precision.value is None
    assert grade["MEL"].specificity.value == 1
    never = certain([MEL, NV], [NV, NV]).even
    assert never.classes[MEL].precision.value is None
    assert never.classes[MEL].f1.value == 0
    assert never.macro.precision.value == pytest.approx((0 + 1 / 2) / 2)


def test_lesions_are_counted_once() -> None:
    told = certain([MEL, MEL, NV], [MEL, MEL, NV], ["a", "a", "b"])
    assert (told.images, told.lesions) == (3, 2)
    assert [(each.images, each.lesions) for each in told.even.classes[:2]] == [(2, 1), (1, 1)]


def test_the_interval_draws_lesions_and_holds_the_figure() -> None:
    given = draw(600, seed=2)
    told = classification(given).even
    for estimate in (told.balanced_accuracy, told.accuracy, told.kappa, told.mcc, told.macro.f1, told.classes[NV].f1):
        assert estimate.interval is not None
        assert estimate.value is not None
        assert estimate.interval[0] < estimate.value < estimate.interval[1]


def test_lesions_that_are_all_alike_bound_nothing() -> None:
    label, answer, images = np.array([0, 0, 1, 1] * 10), np.array([0, 1, 1, 2] * 10), np.arange(40)
    apart, shared = (read(label, answer, lesions, ("a", "b"), seed=0).accuracy for lesions in (images, images // 4))
    assert apart.value == shared.value == 0.5
    assert apart.interval is not None
    assert shared.interval is None


def test_an_interval_is_as_wide_as_the_binomial_of_independent_images() -> None:
    label, answer = np.zeros(400, int), np.repeat([0, 1], [300, 100])
    told = read(label, answer, np.arange(400), ("a", "b"), seed=0)
    assert told.accuracy.interval is not None
    spread = (told.accuracy.interval[1] - told.accuracy.interval[0]) / (2 * 1.96)
    assert spread == pytest.approx((0.75 * 0.25 / 400) ** 0.5, rel=0.08)


def test_every_image_right_is_a_figure_without_an_interval() -> None:
    told = certain([MEL, NV, NV], [MEL, NV, NV]).even
    assert (told.balanced_accuracy.value, told.balanced_accuracy.interval) == (1, None)


def test_many_confusions_at_once_are_each_by_itself() -> None:
    tables = np.random.default_rng(0).integers(0, 20, (5, 3, 4)).astype(float)
    tables[2, 1] = 0
    together = figures(tables)
    for place, table in enumerate(tables):
        for name, alone in figures(table).items():
            np.testing.assert_array_equal(together[name][place], alone)


def test_it_is_written_and_read_as_json() -> None:
    told = classification(draw(50, seed=3, absent=("DF",)))
    assert Classification.model_validate_json(told.model_dump_json()) == told
