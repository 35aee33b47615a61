import numpy as np
import pytest

from training.calibrate import fit_temperature
from training.predictions import Predictions


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 8)).astype(np.float32)
    chances = np.exp(logits / temperature)
    chances /= chances.sum(axis=1, keepdims=True)
    label = (chances.cumsum(axis=1) > rng.random((len(logits), 1))).argmax(axis=1).astype(np.int32)
    names = np.arange(len(label)).astype(str)
    found = fit_temperature(Predictions(names, names, label, logits))
    assert found.temperature == pytest.approx(temperature, rel=0.05)
