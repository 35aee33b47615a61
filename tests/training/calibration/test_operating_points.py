import numpy as np
import pytest
from scipy.stats import binom

from training.calibration.operating_points import fit_operating_points, lesions_needed, lower_bound


def test_the_bound_is_where_the_binomial_law_has_it() -> None:
    # At the bound, as many hits or more are seen in 5 % of the cases.
    assert binom.sf(106, 108, lower_bound(107, 108)) == pytest.approx(0.05)
    assert lower_bound(108, 108) == pytest.approx(0.05 ** (1 / 108))
    assert lower_bound(0, 10) == 0


@pytest.mark.parametrize(("sensitivity", "needed"), [(0.9, 29), (0.95, 59), (0.98, 149)])
def test_a_sensitivity_needs_lesions(sensitivity: float, needed: int) -> None:
    assert lesions_needed(sensitivity) == needed
    assert lower_bound(needed, needed) >= sensitivity > lower_bound(needed - 1, needed - 1)


def test_too_few_malignant_lesions_promise_nothing() -> None:
    points = fit_operating_points(np.linspace(0, 1, 108), np.ones(108, bool))
    assert [point.threshold is None for point in points] == [False, False, True]
    assert points[2].lower_bound is None
    assert points[2].lesions == 108


def test_a_point_misses_as_many_as_its_bound_allows_and_no_more() -> None:
    rng = np.random.default_rng(0)
    scores, malignant = rng.random(1000), rng.random(1000) < 0.3
    for point in fit_operating_points(scores, malignant):
        assert point.threshold is not None
        caught = int((scores[malignant] >= point.threshold).sum())
        assert point.lower_bound == lower_bound(caught, malignant.sum())
        assert point.lower_bound >= point.sensitivity > lower_bound(caught - 1, malignant.sum())


def test_equal_scores_are_caught_together() -> None:
    scores = np.concatenate([np.full(10, 0.1), np.full(90, 0.8)])
    points = fit_operating_points(scores, np.ones(100, bool))
    assert {point.threshold for point in points if point.threshold is not None} == {0.1}


def test_no_malignant_lesion_at_all_is_told() -> None:
    points = fit_operating_points(np.zeros(5), np.zeros(5, bool))
    assert all(point.threshold is None and point.lesions == 0 for point in points)


def test_the_promise_is_kept_on_new_lesions_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(1)
    kept = []
    for _ in range(400):
        scores = rng.normal(size=120)
        (point, *_) = fit_operating_points(1 / (1 + np.exp(-scores)), np.ones(120, bool))
        assert point.threshold is not None
        from_normal = np.log(point.threshold / (1 - point.threshold))
        kept.append((rng.normal(size=20_000) >= from_normal).mean() >= 0.9)
    assert np.mean(kept) >= 0.93
