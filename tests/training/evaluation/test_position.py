import numpy as np
import pytest

from lesion.decision import DecisionSpec
from tests.training.evaluation.trials import answers
from training.evaluation.explanation import Explanation
from training.evaluation.position import Position, position

ANSWERED = np.arange(60) % 3
HABITS = np.random.default_rng(0).normal(size=(8, 4, 4))


def measured(evidence: np.ndarray) -> Position:
    """Of evidence (60, 4, 4) for what was answered."""
    maps = np.zeros((60, 4, 4, 8), np.float32)
    maps[np.arange(60), ..., ANSWERED] = evidence
    logits = maps.mean(axis=(1, 2))
    explanation = Explanation(logits, np.zeros(8, "f"), maps, np.zeros((60, 0, 8), "f"))
    return position(answers(ANSWERED, 9 * np.eye(8)[ANSWERED], spec=DecisionSpec(temperature=1)), explanation)


def test_a_habit_of_each_category_explains_everything() -> None:
    found = measured(HABITS[ANSWERED] * 2 + np.random.default_rng(1).normal(size=(60, 1, 1)))
    assert found.images == 60
    assert found.share == pytest.approx(1, abs=1e-5)
    assert found.correlation == pytest.approx(1, abs=1e-5)


def test_maps_with_nothing_in_common_share_little() -> None:
    found = measured(np.random.default_rng(2).normal(size=(60, 4, 4)))
    # Averages of 20 images hold a twentieth by chance.
    assert found.share == pytest.approx(1 / 20, abs=0.04)


def test_half_a_habit() -> None:
    found = measured(HABITS[ANSWERED] + HABITS.std() * np.random.default_rng(3).normal(size=(60, 4, 4)))
    assert found.share is not None
    assert 0.4 < found.share < 0.65


def test_flat_maps_do_not_vary() -> None:
    found = measured(np.ones((60, 1, 1)))
    assert (found.share, found.correlation) == (None, None)
