"""Predictive values by Bayes, and how often their intervals hold the truth."""

import numpy as np
import pytest

from training.comparison import Counts
from training.evaluation.predictive import PREVALENCES, predictive


def test_by_hand() -> None:
    told = predictive(Counts(9, 1, 80, 10), seed=0)
    assert [each.prevalence for each in told] == [0.1, *PREVALENCES]
    own, rare = told[0], told[1]
    assert (own.ppv, own.npv) == pytest.approx((9 / 19, 80 / 81))
    assert own.biopsies == pytest.approx(19 / 9)
    assert rare.ppv == pytest.approx(0.01 * 0.9 / (0.01 * 0.9 + 0.99 / 9))
    for each in told:
        assert each.ppv_interval is not None
        assert each.npv_interval is not None
        assert each.ppv is not None
        assert each.npv is not None
        assert each.ppv_interval[0] < each.ppv < each.ppv_interval[1]
        assert each.npv_interval[0] < each.npv < each.npv_interval[1]


def test_that_none_was_missed_does_not_make_sure() -> None:
    own = predictive(Counts(20, 0, 60, 20), seed=0)[0]
    assert own.npv == 1
    assert own.npv_interval is not None
    assert own.npv_interval[0] < 0.985


def test_what_nothing_was_called_cannot_be_told() -> None:
    quiet = predictive(Counts(0, 5, 20, 0), seed=0)[0]
    assert (quiet.ppv, quiet.ppv_interval, quiet.biopsies) == (None, None, None)
    assert quiet.npv == pytest.approx(0.8)
    assert predictive(Counts(3, 2, 0, 0), seed=0) == predictive(Counts(0, 0, 3, 2), seed=0) == ()


def test_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(0)
    truth = Counts(90, 10, 70, 30).at(0.05)
    held, tries = np.zeros(2), 60
    for seed in range(tries):
        caught, cleared = int(rng.binomial(100, 0.9)), int(rng.binomial(600, 0.7))
        five = predictive(Counts(caught, 100 - caught, cleared, 600 - cleared), seed=seed)[2]
        intervals = (five.ppv_interval, five.npv_interval)
        held += [each is not None and each[0] <= value <= each[1] for each, value in zip(intervals, truth, strict=True)]
    assert held / tries == pytest.approx([0.95, 0.95], abs=0.06)
