"""Baselines are graded as models are."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CATEGORIES, CODES
from training.bootstrap import interval
from training.datareport.grade import grade
from training.evaluate import EIGHT, evaluate
from training.predictions import Predictions

MALIGNANT = [category.code for category in CATEGORIES if category.malignant]


def test_the_measures_are_those_of_training_evaluate() -> None:
    rng = np.random.default_rng(0)
    label = np.arange(600) % 8
    groups = np.arange(600) // 2
    probabilities = rng.dirichlet(np.ones(8), 600) * 0.5
    probabilities[np.arange(600), label] += 0.25
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    names = np.arange(600).astype(str)
    predictions = Predictions(
        names, groups.astype(str), label.astype(np.int32), np.log(probabilities).astype(np.float32)
    )
    theirs = evaluate(predictions, DecisionSpec(temperature=1), EIGHT)
    ours = grade(label, probabilities, groups, CODES, MALIGNANT, seed=0)
    assert ours.balanced_accuracy == pytest.approx(theirs.balanced_accuracy)
    assert ours.recall == pytest.approx(theirs.recall)
    assert ours.macro_auc == pytest.approx(theirs.macro_auc, abs=1e-4)
    assert ours.malignancy_auc == pytest.approx(theirs.malignancy_auc, abs=1e-4)
    assert ours.interval == pytest.approx(theirs.balanced_accuracy_interval, abs=0.01)
    assert (ours.images, ours.groups, ours.chance) == (600, 300, 0.125)


def test_always_right() -> None:
    label = np.arange(20) % 2
    told = grade(label, np.eye(2)[label], np.arange(20), ("a", "b"), (), seed=0)
    assert (told.balanced_accuracy, told.macro_auc, told.gain, told.interval) == (1, 1, 1, (1, 1))
    assert told.beats_chance
    assert told.malignancy_auc is None


def test_large_groups_make_wide_intervals() -> None:
    rng = np.random.default_rng(1)
    label = np.repeat([0, 1], 500)
    hit = np.repeat(rng.random(20) < 0.5, 50)  # groups of 50 images stand or fall together
    low, high = interval(label, hit, np.arange(1000) // 50, 2, seed=0)
    alone = interval(label, hit, np.arange(1000), 2, seed=0)
    assert high - low > 3 * (alone[1] - alone[0])


def test_a_class_that_a_draw_misses_counts_in_no_mean() -> None:
    label = np.array([0] * 30 + [1])
    low, high = interval(label, np.array([True] * 31), np.arange(31), 2, seed=0)
    assert (low, high) == (1, 1)
