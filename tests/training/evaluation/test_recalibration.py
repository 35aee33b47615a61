"""Slope and intercept against scikit-learn, and against probabilities that were bent by known amounts."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from training.evaluation.recalibration import Recalibration


def bent(slope: float, intercept: float, count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose log odds have to be multiplied by `slope` and raised by `intercept`."""
    rng = np.random.default_rng(0)
    odds = rng.normal(-1, 1.5, count)
    return expit(odds), rng.random(count) < expit(slope * odds + intercept)


def names(count: int) -> np.ndarray:
    return np.arange(count).astype(str)


def test_scikit_learn_finds_the_same() -> None:
    probability, truth = bent(0.7, 0.3)
    found = Recalibration.of(probability, truth, names(4000))
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(logit(probability)[:, None], truth)
    assert found is not None
    assert (found.slope, found.intercept) == pytest.approx((model.coef_[0, 0], model.intercept_[0]), abs=1e-5)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.6, 0.4), (1.5, -0.5)])
def test_what_was_bent_is_found(slope: float, intercept: float) -> None:
    found = Recalibration.of(*bent(slope, intercept), names(4000))
    assert found is not None
    assert found.slope_interval[0] < slope < found.slope_interval[1]
    assert found.intercept_interval[0] < intercept < found.intercept_interval[1]
    assert found.slope_interval[1] - found.slope_interval[0] < 0.3


def test_in_the_large_the_sums_agree() -> None:
    probability, truth = bent(1.0, 0.8)
    found = Recalibration.of(probability, truth, names(4000))
    assert found is not None
    assert expit(logit(probability) + found.in_the_large).sum() == pytest.approx(truth.sum(), abs=0.01)
    assert found.in_the_large_interval[0] < 0.8 < found.in_the_large_interval[1]


def test_copies_of_an_image_add_no_certainty() -> None:
    probability, truth = bent(1.0, 0.0, 300)
    once = Recalibration.of(probability, truth, names(300))
    copied = Recalibration.of(np.repeat(probability, 4), np.repeat(truth, 4), np.repeat(names(300), 4))
    assert once is not None
    assert copied is not None
    assert copied.slope_interval == pytest.approx(once.slope_interval, abs=1e-5)


@pytest.mark.parametrize(
    ("probability", "truth"),
    [
        ([0.2, 0.3, 0.8, 0.9], [0, 0, 1, 1]),
        ([0.2, 0.3, 0.8, 0.9], [1, 1, 0, 0]),
        ([0.2, 0.5, 0.5, 0.9], [0, 0, 1, 1]),
        ([0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1]),
        ([0.2, 0.3], [1, 1]),
        ([0.2, 0.3], [0, 0]),
    ],
)
def test_what_has_no_fit_has_no_slope(probability: list[float], truth: list[int]) -> None:
    assert Recalibration.of(np.array(probability), np.array(truth, bool), names(len(truth))) is None


def test_certainty_is_held_at_a_distance() -> None:
    found = Recalibration.of(np.array([0.0, 1.0, 0.3, 0.6, 1.0]), np.array([0, 1, 1, 0, 0], bool), names(5))
    assert found is not None
    assert np.isfinite([found.slope, found.intercept, found.in_the_large]).all()
