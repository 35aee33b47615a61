import numpy as np

from lesion.decision import energy
from training.calibration.unknown import fit_unknown


def test_as_many_stay_known_as_are_asked_for() -> None:
    logits = np.random.default_rng(0).normal(size=(1000, 8))
    unknown = fit_unknown(logits)
    assert (energy(logits) <= unknown.threshold).sum() == 950
    assert unknown.known == 0.95
