import keras
import numpy as np
import pytest

from training.models.fusion import concatenate, ignore, modulate

pytestmark = pytest.mark.tensorflow

RNG = np.random.default_rng(0)
FEATURES, FACTS = RNG.normal(size=(3, 2, 2, 6)).astype("f"), RNG.random((3, 7)).astype("f")


def test_modulation_starts_as_the_identity_and_can_leave_it() -> None:
    features, facts = keras.Input(FEATURES.shape[1:]), keras.Input(FACTS.shape[1:])
    model = keras.Model([features, facts], modulate(features, facts))
    np.testing.assert_array_equal(model([FEATURES, FACTS]), FEATURES)

    mixed = np.maximum(FACTS @ model.get_layer("mix").get_weights()[0], 0)
    gain, shift = RNG.normal(size=(2, 64, 6)).astype("f")
    model.get_layer("gain").set_weights([gain, np.ones(6)])
    model.get_layer("shift").set_weights([shift, np.zeros(6)])
    expected = FEATURES * (1 + mixed @ gain)[:, None, None] + (mixed @ shift)[:, None, None]
    np.testing.assert_allclose(model([FEATURES, FACTS]), expected, rtol=1e-4, atol=1e-4)


def test_concatenation_is_a_dense_layer_on_what_is_concatenated() -> None:
    features, facts = keras.Input(FEATURES.shape[1:]), keras.Input(FACTS.shape[1:])
    model = keras.Model([features, facts], concatenate(features, facts))
    mixed = np.maximum(FACTS @ model.get_layer("mix").get_weights()[0], 0)
    tiled = np.broadcast_to(mixed[:, None, None], (*FEATURES.shape[:3], mixed.shape[-1]))
    kernel = np.concatenate([model.get_layer("join").get_weights()[0][0, 0], model.get_layer("shift").get_weights()[0]])
    expected = np.maximum(np.concatenate([FEATURES, tiled], axis=-1) @ kernel, 0)
    np.testing.assert_allclose(model([FEATURES, FACTS]), expected, atol=1e-5)


def test_many_channels_are_mixed_down() -> None:
    assert concatenate(keras.Input((2, 2, 2048)), keras.Input((7,))).shape == (None, 2, 2, 256)


def test_without_fusion_the_features_stay() -> None:
    features = keras.Input((2, 2, 4))
    assert ignore(features, keras.Input((7,))) is features
