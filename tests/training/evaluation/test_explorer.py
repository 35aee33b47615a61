"""The counts at every threshold, against counting at each."""

import numpy as np
import pytest

from lesion.diagnosis import CODES
from tests.training.evaluation.trials import TRIALS
from training.comparison import count
from training.evaluation.answers import Answers
from training.evaluation.explorer import Explorer


@pytest.mark.parametrize("given", TRIALS.values(), ids=TRIALS)
def test_counts_are_those_at_each_threshold(given: Answers) -> None:
    told = Explorer.of(given, (0.3, 0.05))
    assert 2 <= len(told.threshold) <= 201
    assert {0.3, 0.05} <= set(told.threshold)
    assert list(told.threshold) == sorted(set(told.threshold))
    malignancy = given.decision.malignancy
    columns = zip(
        told.threshold, told.true_positive, told.false_negative, told.true_negative, told.false_positive, strict=True
    )
    for place, (threshold, *counts) in enumerate(columns):
        expected = count(given.malignant, malignancy >= threshold)
        assert counts == [
            expected.true_positive,
            expected.false_negative,
            expected.true_negative,
            expected.false_positive,
        ]
        assert sum(missed[place] for missed in told.missed.values()) == expected.false_negative
    mel = given.label == CODES.index("MEL")
    assert told.missed["MEL"] == tuple(int((malignancy[mel] < each).sum()) for each in told.threshold)


def test_the_first_threshold_misses_none_and_the_last_calls_one() -> None:
    told = Explorer.of(TRIALS["random"], ())
    assert told.false_negative[0] == told.true_negative[0] == 0
    assert told.true_positive[-1] + told.false_positive[-1] == 1
    assert np.isin(told.threshold, TRIALS["random"].decision.malignancy).all()
