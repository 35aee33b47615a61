import numpy as np
import pytest

from lesion.decision import softmax
from training.calibration.probabilities import fit_probabilities


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 8))
    chances = softmax(logits / temperature + np.log(np.arange(1, 9)))
    label = (chances.cumsum(axis=1) > rng.random((len(logits), 1))).argmax(axis=1)
    found, prior = fit_probabilities(logits, label, np.full(8, 1 / 8))
    assert found == pytest.approx(temperature, rel=0.05)
    np.testing.assert_allclose(prior, np.log(np.arange(1, 9) / 8), atol=0.15)


def test_an_absent_class_is_made_rare_not_impossible() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (500, 3))
    _, prior = fit_probabilities(logits, rng.integers(0, 2, 500), np.full(3, 1 / 3))
    assert np.isfinite(prior).all()
    assert prior[2] == min(prior) < -3


def test_the_least_loss_is_found() -> None:
    rng = np.random.default_rng(3)
    label = rng.integers(0, 4, 300)
    logits = rng.normal(0, 1, (300, 4)) + np.eye(4)[label]
    temperature, prior = fit_probabilities(logits, label, np.full(4, 1 / 4))

    def loss(by: float) -> float:
        return float(-np.log(softmax(logits / by + np.array(prior))[np.arange(300), label]).mean())

    assert loss(temperature) <= min(loss(temperature * 0.9), loss(temperature * 1.1))
