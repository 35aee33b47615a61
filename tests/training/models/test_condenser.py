import keras
import numpy as np
import pytest

from training.models import condenser
from training.models.cost import cost

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("side", [1, 2, 5, 6])
def test_a_condenser_weighs_every_position_of_maps_of_any_side(side: int) -> None:
    v = keras.Input((side, side, 8))
    model = keras.Model(v, condenser.condense(v))
    given = np.random.default_rng(0).normal(size=(2, side, side, 8)).astype("f")
    weight = np.asarray(model(given)) / given
    assert weight.shape == given.shape
    assert (weight > 1).all()  # V (σ(A) S + 1), S = 1
    assert (weight < 2).all()
    assert keras.Model(v, model.layers[-2].output)(given).shape == given.shape


def test_attention_is_shared_by_the_positions_that_were_condensed_into_one() -> None:
    v = keras.Input((4, 4, 8))
    model = keras.Model(v, condenser.condense(v))
    given = np.random.default_rng(0).normal(size=(1, 4, 4, 8)).astype("f")
    weight = np.asarray(model(given)) / given
    np.testing.assert_allclose(weight[:, ::2, ::2], weight[:, 1::2, 1::2], rtol=1e-4)
    assert np.ptp(weight[0, ::2, ::2], axis=(0, 1)).min() > 0


def test_a_scale_of_nothing_makes_it_the_identity() -> None:
    v = keras.Input((4, 4, 8))
    model = keras.Model(v, condenser.condense(v))
    model.layers[-1].set_weights([np.zeros(1)])
    given = np.random.default_rng(0).normal(size=(1, 4, 4, 8)).astype("f")
    np.testing.assert_array_equal(model(given), given)


@pytest.mark.parametrize(("plan", "millions", "gigaflops"), [(condenser.A, 13.65, 4.66), (condenser.B, 0.80, 0.43)])
def test_sizes_are_near_those_of_cancernet(plan: condenser.Plan, millions: float, gigaflops: float) -> None:
    counted = cost(condenser.build(224, "backbone", plan))
    assert counted.parameters == pytest.approx(millions * 1e6, rel=0.01)
    assert counted.flops == pytest.approx(gigaflops * 1e9, rel=0.01)


@pytest.mark.parametrize(("size", "side"), [(64, 2), (84, 3), (160, 5), (224, 7)])
def test_the_last_map_is_a_32nd_of_the_image(size: int, side: int) -> None:
    assert condenser.build(size, "backbone", condenser.B).output.shape == (None, side, side, 340)
