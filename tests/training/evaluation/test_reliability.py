"""Calibration errors against sums by hand, and against models whose calibration is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.evaluation.reliability import BINS, Cells, Reliability, binary, class_wise, equal_mass, equal_width

UNITS = st.floats(0, 1)


def names(count: int) -> np.ndarray:
    return np.arange(count).astype(str)


def test_by_hand() -> None:
    confidence, hit = np.array([0.1, 0.12, 0.95, 0.99, 1.0]), np.array([0, 1, 1, 1, 0], bool)
    told = Reliability.of(confidence, hit, names(5), seed=0)
    # Bin 1 holds 0.1 and 0.12, of which one came true; the last holds three, two of which did.
    assert told.equal_width.value == pytest.approx((abs(0.22 - 1) + abs(2.94 - 2)) / 5)
    filled = [row for row in told.table if row.right.total]
    assert [(row.low, row.high, row.right.hits, row.right.total) for row in filled] == [
        (1 / 15, 2 / 15, 1, 2),
        (14 / 15, 1, 2, 3),
    ]
    assert [row.confidence for row in filled] == pytest.approx([0.11, 0.98])
    assert {row.confidence for row in told.table if not row.right.total} == {None}


@given(arrays(np.float64, st.integers(1, 60), elements=UNITS))
def test_every_confidence_lies_in_its_bin(confidence: np.ndarray) -> None:
    bins = equal_width(confidence)
    assert (bins <= confidence * BINS).all()
    assert ((confidence * BINS < bins + 1) | (confidence == 1)).all()
    mass = equal_mass(confidence)
    assert ((mass >= 0) & (mass < BINS)).all()
    assert (np.diff(mass[np.argsort(confidence, kind="stable")]) >= 0).all()
    assert all(len(set(mass[confidence == level].tolist())) == 1 for level in confidence.tolist())


def test_bins_of_equal_mass_are_equally_full() -> None:
    bins = equal_mass(np.random.default_rng(0).random(1500))
    assert np.bincount(bins).tolist() == [100] * BINS


def test_a_perfectly_calibrated_model_lies_in_its_range_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    within, tries = 0, 200
    for _ in range(tries):
        confidence = rng.beta(4, 1, 120)
        hit = rng.random(120) < confidence
        cells = Cells(confidence[:, None], equal_width(confidence)[:, None])
        draws = cells.error(rng.random((400, 120, 1)) < confidence[:, None])
        value = cells.error(hit[None, :, None])[0]
        within += np.quantile(draws, 0.025) <= value <= np.quantile(draws, 0.975)
    assert within / tries == pytest.approx(0.95, abs=0.04)


def test_a_boastful_model_lies_above_its_range() -> None:
    rng = np.random.default_rng(0)
    chance = rng.beta(2, 1, 800)
    told = Reliability.of(chance**0.3, rng.random(800) < chance, names(800), seed=0)
    for error in (told.equal_width, told.equal_mass):
        assert not error.within
        assert error.value > error.perfect[1]
        assert error.interval[0] > 0
        assert error.interval[0] <= error.value <= error.interval[1]


def test_an_honest_model_may_be_perfect() -> None:
    rng = np.random.default_rng(1)
    chance = rng.beta(2, 1, 800)
    error = Reliability.of(chance, rng.random(800) < chance, names(800), seed=0).equal_width
    assert error.within
    assert error.interval[0] == 0


def test_intervals_hold_the_truth_more_often_than_quantiles_of_draws_would() -> None:
    """Bins of the population: every confidence is the middle of one, and too high by a tenth."""
    rng = np.random.default_rng(0)
    covered, tries = 0, 40
    for seed in range(tries):
        confidence = (rng.integers(7, 15, 400) + 0.5) / BINS
        hit = rng.random(400) < confidence - 0.1
        low, high = binary(confidence, hit, equal_width(confidence), names(400), seed=seed).interval
        covered += low <= 0.1 <= high
    assert covered / tries > 0.85


def test_images_of_one_lesion_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    confidence = np.repeat(rng.random(60), 10)
    hit = np.repeat(rng.random(60) < 0.5, 10)
    bins = equal_width(confidence)
    apart = binary(confidence, hit, bins, names(600), seed=0).interval
    together = binary(confidence, hit, bins, (np.arange(600) // 10).astype(str), seed=0).interval
    assert together[1] - together[0] > 1.5 * (apart[1] - apart[0])


def test_class_wise_is_the_mean_over_the_classes() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), 300)
    label = rng.integers(0, 3, 300)
    errors = [
        binary(column, label == k, equal_width(column), names(300), seed=0).value
        for k, column in enumerate(probabilities.T)
    ]
    assert class_wise(probabilities, label, names(300), seed=0).value == pytest.approx(np.mean(errors))


def test_class_wise_range_is_of_labels_drawn_from_the_probabilities() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), 500)
    honest = (rng.random((500, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    assert class_wise(probabilities, honest, names(500), seed=0).within
    assert not class_wise(probabilities, (honest + 1) % 3, names(500), seed=0).within


def test_the_same_seed_gives_the_same() -> None:
    rng = np.random.default_rng(0)
    confidence, hit = rng.random(50), rng.random(50) < 0.5
    assert Reliability.of(confidence, hit, names(50), seed=3) == Reliability.of(confidence, hit, names(50), seed=3)
