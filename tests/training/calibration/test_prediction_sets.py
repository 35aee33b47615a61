from typing import Literal

import numpy as np
import pytest

from training.calibration.prediction_sets import fit_prediction_sets, lesions_needed


def drawn(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    probabilities = rng.dirichlet(np.array([0.5, 1.0, 0.2]), count)
    label = np.array([rng.choice(3, p=row) for row in probabilities])
    return probabilities, label


def test_the_threshold_is_the_right_order_statistic() -> None:
    own = np.linspace(0.05, 0.95, 19)
    probabilities = np.stack([own, 1 - own], axis=1)
    sets = fit_prediction_sets(probabilities, np.zeros(19, int))
    # ⌈20 · 0.9⌉ = 18 of 19 are kept: the second smallest is the threshold.
    assert sets.marginal.threshold == own[1]
    assert (own >= own[1]).sum() == 18


@pytest.mark.parametrize(("coverage", "needed"), [(0.9, 9), (0.95, 19), (0.8, 4)])
def test_a_coverage_needs_lesions(coverage: float, needed: int) -> None:
    assert lesions_needed(coverage) == needed
    for count, promised in ((needed, True), (needed - 1, False)):
        sets = fit_prediction_sets(np.full((count, 2), 0.5), np.zeros(count, int), coverage)
        assert (sets.marginal.threshold is not None) is promised


def test_a_class_without_lesions_enough_has_no_promise_and_takes_the_common_threshold() -> None:
    rng = np.random.default_rng(0)
    probabilities, _ = drawn(rng, 108)
    label = np.array([0] * 60 + [1] * 40 + [2] * 8)
    sets = fit_prediction_sets(probabilities, label)
    assert [each.lesions for each in sets.class_conditional] == [60, 40, 8]
    assert sets.without_promise("class_conditional") == (False, False, True)
    assert sets.thresholds("class_conditional")[2] == sets.marginal.threshold
    assert sets.without_promise("marginal") == (False, False, False)


def test_new_lesions_are_covered_as_often_as_promised() -> None:
    rng = np.random.default_rng(2)
    covered: dict[Literal["marginal", "class_conditional"], list[float]] = {"marginal": [], "class_conditional": []}
    for _ in range(60):
        sets = fit_prediction_sets(*drawn(rng, 200))
        probabilities, label = drawn(rng, 400)
        for kind, shares in covered.items():
            inside = probabilities >= np.array(sets.thresholds(kind))
            shares.append(float(inside[np.arange(400), label].mean()))
    assert np.mean(covered["marginal"]) == pytest.approx(0.9, abs=0.01)
    assert np.mean(covered["class_conditional"]) == pytest.approx(0.9, abs=0.02)
