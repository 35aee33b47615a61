"""Net benefit by hand, and of models that know everything or nothing."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import TRIALS, answers
from training.evaluation.decision_curve import decision_curve

MEL, NV = CODES.index("MEL"), CODES.index("NV")
PLAIN = DecisionSpec(temperature=1.0)


def test_by_hand() -> None:
    """Two of three malignant images and two of seven others lie at 0.4, all else at 0.05."""
    label = [MEL] * 3 + [NV] * 7
    malignancy = np.array([0.4, 0.4, 0.05, 0.4, 0.4, *[0.05] * 5])
    logits = np.full((10, 8), -60.0)
    logits[:, MEL], logits[:, NV] = np.log(malignancy), np.log(1 - malignancy)
    told = decision_curve(answers(label, logits, spec=PLAIN))
    at = told.threshold.index(0.2)
    assert told.model[at] == pytest.approx((2 - 2 * 0.25) / 10)
    assert told.everyone[at] == pytest.approx((3 - 7 * 0.25) / 10)
    assert told.gain[at] == pytest.approx(0.15 - 0.125)
    assert told.model[told.threshold.index(0.03)] == pytest.approx(told.everyone[2])
    assert told.model[told.threshold.index(0.45)] == 0
    # Biopsying all gains nothing beyond the prevalence: none is better there.
    assert told.gain[told.threshold.index(0.45)] == 0
    assert told.prevalence == 0.3


def test_who_knows_everything_gains_the_prevalence() -> None:
    label = [MEL] * 20 + [NV] * 60
    told = decision_curve(answers(label, 30 * np.eye(8)[label], spec=PLAIN))
    assert told.model == pytest.approx([0.25] * 50)
    assert told.useful == (0.01, 0.5)
    low, high = told.model_interval[0]
    assert low < 0.25 < high
    assert low == pytest.approx(0.25 - 1.96 * (0.25 * 0.75 / 80) ** 0.5, abs=0.02)


def test_who_knows_nothing_is_of_no_use() -> None:
    label = [MEL] * 20 + [NV] * 60
    told = decision_curve(answers(label, np.zeros((80, 8)), spec=PLAIN))
    assert max(told.gain) <= 1e-12
    assert told.useful is None


def test_curves_lie_in_their_bands() -> None:
    told = decision_curve(TRIALS["random"])
    for value, (low, high) in zip(told.model, told.model_interval, strict=True):
        assert low <= value <= high
    for value, all_of_them in zip(told.gain, told.everyone, strict=True):
        assert value <= told.prevalence - max(all_of_them, 0) + 1e-12
    assert told.threshold == tuple(np.arange(1, 51) / 100)
    assert told == decision_curve(TRIALS["random"])
