import keras
import numpy as np
import pytest

from training.models.evidence import additive

pytestmark = pytest.mark.tensorflow

FEATURES = np.random.default_rng(0).normal(size=(3, 4, 5, 6)).astype("f")
FACTS = np.random.default_rng(1).random((3, 7)).astype("f")


def head(*, with_facts: bool) -> keras.Model:
    """With random weights everywhere."""
    features, facts = keras.Input(FEATURES.shape[1:]), keras.Input(FACTS.shape[1:])
    model = keras.Model([features, facts], additive(features, facts if with_facts else None, 2))
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def test_evidence_alone_is_average_pooling_and_a_dense_layer() -> None:
    model = head(with_facts=False)
    kernel, bias = model.get_layer("evidence").get_weights()[0][0, 0], model.get_layer("logits").get_weights()[0]
    np.testing.assert_allclose(model([FEATURES, FACTS]), FEATURES.mean(axis=(1, 2)) @ kernel + bias, atol=1e-5)


def test_every_column_adds_its_own_effect() -> None:
    model = head(with_facts=True)
    effects = model.get_layer("contributions").get_weights()[0]
    nothing = np.asarray(model([FEATURES, np.zeros_like(FACTS)]))
    np.testing.assert_allclose(model([FEATURES, FACTS]), nothing + FACTS @ effects, atol=1e-5)


def test_logits_have_32_bits_under_a_policy_of_16() -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = head(with_facts=True)
    finally:
        keras.config.set_dtype_policy(before)
    assert {layer.compute_dtype for layer in model.layers if layer.weights} == {"float32"}
    assert model.output.dtype == "float32"
