"""The paper's figures from its counts, intervals, and prevalence, against numbers worked out by hand."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from training.comparison import Counts, count, grade, wilson
from training.predictions import Predictions
from training.target import Target

MALIGNANCY = Target(kind="malignancy")
PLAIN = DecisionSpec(temperature=1.0)


def answers(labels: list[str], logits: list[float], lesions: list[str] | None = None) -> Predictions:
    names = np.array([f"image {place}" for place in range(len(labels))])
    label = np.array([CODES.index(each) for each in labels], np.int32)
    return Predictions(names, np.array(lesions or names), label, np.array(logits, np.float32)[:, None])


@pytest.mark.parametrize(
    ("counts", "published"),
    [
        (Counts(205, 16, 165, 56), (92.8, 74.7, 78.5, 91.2, 83.7)),
        (Counts(202, 19, 171, 50), (91.4, 77.4, 80.2, 90.0, 84.4)),
        (Counts(199, 22, 172, 49), (90.0, 77.8, 80.2, 88.7, 83.9)),
    ],
)
def test_the_figures_of_the_paper(counts: Counts, published: tuple[float, ...]) -> None:
    figures = (counts.sensitivity, counts.specificity, counts.ppv, counts.npv, counts.accuracy)
    assert tuple(round(100 * figure, 1) for figure in figures) == published
    # Half of its images are malignant: there, the rule of Bayes gives what the counts give.
    assert (counts.even_ppv, counts.even_npv) == pytest.approx((counts.ppv, counts.npv))


def test_predictive_values_follow_the_prevalence() -> None:
    counts = Counts(205, 16, 165, 56)
    assert round(100 * counts.at(0.05)[0], 1) == 16.2
    assert round(100 * counts.at(0.01)[0], 1) == 3.6
    rare = Counts(9, 1, 80, 10)
    assert rare.ppv == pytest.approx(9 / 19)
    assert rare.at(0.1) == pytest.approx((rare.ppv, rare.npv))
    assert rare.even_ppv == pytest.approx(0.9 / (0.9 + 1 / 9))


def test_what_has_no_images_is_no_number() -> None:
    assert np.isnan(Counts(0, 3, 5, 0).ppv)
    assert np.isnan(Counts(0, 0, 5, 1).sensitivity)
    assert Counts(0, 0, 5, 1).accuracy == pytest.approx(5 / 6)


def test_wilson_gives_the_known_intervals() -> None:
    assert tuple(round(100 * bound, 1) for bound in wilson(205, 221)) == (88.6, 95.5)
    assert tuple(round(100 * bound, 1) for bound in wilson(165, 221)) == (68.5, 79.9)


def test_counting_by_truth_and_call() -> None:
    truth, called = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 0, 1], bool)
    assert count(truth, called) == Counts(2, 1, 1, 1)


def test_a_network_is_graded_by_its_malignancy() -> None:
    given = answers(["MEL", "BCC", "SCC", "AK", "NV", "NV"], [2.0, 0.1, -1.0, 1.0, -3.0, -0.5])
    graded = grade([(given, PLAIN)], MALIGNANCY)
    assert (graded.images, graded.malignant) == (6, 3)
    assert graded.figures["sensitivity"] == pytest.approx(2 / 3)
    assert graded.figures["specificity"] == pytest.approx(2 / 3)
    assert graded.malignancy_auc == pytest.approx(6 / 9)
    assert graded.balanced_accuracies[0] == pytest.approx(2 / 3)
    # A temperature moves no call at one half.
    assert grade([(given, DecisionSpec(temperature=3.0))], MALIGNANCY).figures == graded.figures


def test_eight_categories_are_graded_alike() -> None:
    logits = np.zeros((2, 8), np.float32)
    logits[0, CODES.index("MEL")], logits[1, CODES.index("NV")] = 5, 5
    given = Predictions(np.array(["a", "b"]), np.array(["a", "b"]), np.array([0, 1], np.int32), logits)
    assert grade([(given, PLAIN)], Target()).figures["accuracy"] == 1


def test_seeds_are_counted_together_and_apart() -> None:
    labels = ["MEL", "MEL", "NV", "NV"]
    seeds = [(answers(labels, [1.0, 1.0, -1.0, -1.0]), PLAIN), (answers(labels, [1.0, -1.0, -1.0, 1.0]), PLAIN)]
    graded = grade(seeds, MALIGNANCY)
    assert graded.figures["sensitivity"] == pytest.approx(3 / 4)
    assert graded.balanced_accuracies == (1.0, 0.5)
    others = answers(labels, [1.0, 1.0, 1.0, 1.0])
    moved = Predictions(others.image_id[::-1], others.lesion_id, others.label, others.logits)
    with pytest.raises(ValueError, match="same images in the same order"):
        grade([seeds[0], (moved, PLAIN)], MALIGNANCY)


def test_images_of_one_lesion_count_as_one_in_the_interval() -> None:
    labels, logits = ["MEL"] * 40 + ["NV"] * 40, ([1.0] * 30 + [-1.0] * 10) + ([-1.0] * 30 + [1.0] * 10)
    apart = grade([(answers(labels, logits), PLAIN)], MALIGNANCY)
    shared = grade([(answers(labels, logits, [f"lesion {place // 10}" for place in range(80)]), PLAIN)], MALIGNANCY)
    assert apart.figures == shared.figures
    widths = [graded.intervals["sensitivity"][1] - graded.intervals["sensitivity"][0] for graded in (apart, shared)]
    assert widths[1] > 2 * widths[0]
