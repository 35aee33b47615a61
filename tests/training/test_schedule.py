import keras
import numpy as np
import pytest

from training.options.fit import Phase
from training.schedule import PhaseSchedule

pytestmark = pytest.mark.tensorflow

BATCHES = 10


def rates(**options: object) -> np.ndarray:
    schedule = PhaseSchedule(Phase.model_validate({"epochs": 10, "learning_rate": 2.0, **options}), BATCHES)
    return np.array([float(schedule(step)) for step in range(100)])


def test_cosine_begins_at_the_top_and_falls_to_nothing() -> None:
    found = rates()
    np.testing.assert_allclose(found, 1 + np.cos(np.pi * np.arange(100) / 100), rtol=1e-5, atol=1e-6)


def test_a_warm_up_is_linear_and_of_whole_batches() -> None:
    found = rates(warmup_epochs=1.5)
    np.testing.assert_allclose(np.diff(found[:16]), 2 * 0.99 / 15, rtol=1e-4)
    assert found[0] == pytest.approx(0.02)
    assert found.argmax() == 15
    assert (np.diff(found[15:]) < 0).all()


def test_one_cycle_rises_for_three_tenths_and_falls_to_nothing() -> None:
    found = rates(schedule="one_cycle")
    assert found.argmax() == 30
    assert found.max() == pytest.approx(2)
    assert found[0] == pytest.approx(0.08)
    assert (np.diff(found[:31]) > 0).all()
    assert (np.diff(found[30:]) < 0).all()
    assert found[-1] < 0.01


def test_constant_stays() -> None:
    assert set(rates(schedule="constant", warmup_epochs=1)[10:]) == {2.0}


def test_it_survives_saving_with_its_optimizer() -> None:
    schedule = PhaseSchedule(Phase(epochs=3, learning_rate=0.1, warmup_epochs=1), BATCHES)
    optimizer = keras.optimizers.AdamW(schedule)
    again = keras.optimizers.deserialize(
        keras.optimizers.serialize(optimizer), custom_objects={"PhaseSchedule": PhaseSchedule}
    )
    assert float(again.learning_rate) == pytest.approx(float(schedule(0)))
