import keras
import numpy as np
import pytest

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models import dual
from training.optimizer import optimizer, penalize
from training.options.fit import Fit, Phase
from training.options.model import Model

pytestmark = pytest.mark.tensorflow

STILL = Phase(epochs=1, learning_rate=0.1, schedule="constant")


def options(**given: object) -> Fit:
    return Fit.model_validate({"phases": (STILL,), "weight_decay": 0.0, **given})


def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    built = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(2)])
    built.set_weights([weight + 0.5 for weight in built.get_weights()])
    return built


@pytest.mark.parametrize("name", ["adamw", "sgd", "lion"])
def test_decay_is_for_kernels(name: str) -> None:
    """With no gradient at all only decay moves a weight."""
    built = model()
    used = optimizer(options(optimizer=name, weight_decay=0.5), STILL, 10, built)
    used.build(built.trainable_variables)
    before = {variable.path: np.array(variable) for variable in built.trainable_variables}
    used.apply_gradients([(np.zeros(variable.shape, np.float32), variable) for variable in built.trainable_variables])
    for variable in built.trainable_variables:
        if variable.path.endswith("kernel"):
            np.testing.assert_allclose(np.array(variable), before[variable.path] * (1 - 0.1 * 0.5), rtol=1e-5)
        else:
            np.testing.assert_array_equal(np.array(variable), before[variable.path])


def test_scales_are_free_whatever_their_name() -> None:
    """ConvNeXt's layer scale is called variable; the condensers' attention has a single scale."""
    image, facts = keras.Input((32, 32, 3), dtype="uint8"), MetadataSpec()
    for backbone in ("convnext_tiny", "condenser_b"):
        built = dual.build(Model(builder="dual", backbone=backbone), ImageSpec(size=image.shape[1]), facts, 8)
        scales = [each for each in built.trainable_variables if len(each.shape) < 2]
        assert any("scale" in each.path for each in scales)
        used = optimizer(options(weight_decay=0.5), STILL, 10, built)
        used.build(built.trainable_variables)
        assert not any(used._use_weight_decay(each) for each in scales)
        penalize(built, l1=1.0, l2=1.0)
        assert {each.regularizer is None for each in scales} == {True}


def test_penalties_are_of_kernels_and_leave_nothing_in_the_model() -> None:
    built = model()
    kernels = [np.array(layer.kernel) for layer in built.layers if hasattr(layer, "kernel")]
    penalize(built, l1=0.1, l2=0.01)
    expected = sum(0.1 * np.abs(kernel).sum() + 0.01 * (kernel**2).sum() for kernel in kernels)
    assert float(sum(built.losses)) == pytest.approx(expected, rel=1e-5)
    assert keras.Sequential.from_config(built.get_config()).losses == []


def test_a_hundredfold_l1_makes_more_weights_nothing() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(200, 10)).astype(np.float32)
    targets = inputs[:, :1] * 2
    small: list[int] = []
    for l1 in (0.0, 0.05):
        keras.utils.set_random_seed(0)
        built = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)])
        penalize(built, l1=l1, l2=0.0)
        built.compile(optimizer(options(optimizer="sgd"), STILL, 1000, built), "mse")
        built.fit(inputs + rng.normal(0, 0.5, inputs.shape), targets, epochs=20, verbose=0)
        small.append(int((np.abs(built.get_weights()[0]) < 0.03).sum()))
    assert small[1] > small[0]


def test_accumulated_gradients_are_those_of_one_large_batch() -> None:
    inputs = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    targets = inputs[:, :2]
    ends: list[list[np.ndarray]] = []
    for accumulate, size in ((1, 8), (4, 2)):
        keras.utils.set_random_seed(0)
        built = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        used = optimizer(options(optimizer="sgd", accumulate=accumulate), STILL, 100, built)
        built.compile(used, "mse")
        built.fit(inputs, targets, batch_size=size, epochs=3, shuffle=False, verbose=0)
        ends.append(built.get_weights())
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_long_gradient_is_shortened() -> None:
    built = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, use_bias=False)])
    before = built.get_weights()[0]
    used = optimizer(options(optimizer="sgd", clip_norm=1.0), STILL, 10, built)
    used.build(built.trainable_variables)
    used.apply_gradients([(np.full((3, 2), 100.0, np.float32), built.trainable_variables[0])])
    # Nesterov's first step is 1.9 times the rate times the gradient.
    assert float(np.linalg.norm(built.get_weights()[0] - before)) == pytest.approx(0.1 * 1.9, rel=1e-4)
