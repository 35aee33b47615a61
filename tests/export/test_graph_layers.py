"""A layer in its leaner form computes the same, and asks for no shape."""

import keras
import numpy as np
import pytest

from export.graph_layers import Flat, leaner

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize(
    ("layer", "form"),
    [
        (keras.layers.Dense(5, "gelu"), keras.layers.Conv2D),
        (keras.layers.Dense(5, use_bias=False), keras.layers.Conv2D),
        (keras.layers.UpSampling2D((3, 2)), keras.layers.Resizing),
        (keras.layers.Flatten(), Flat),
    ],
)
def test_the_leaner_form_computes_the_same(layer: keras.layers.Layer, form: type) -> None:
    layer = layer.__class__.from_config(layer.get_config())
    picture = keras.Input((4, 6, 3))
    model = keras.Model(picture, layer(keras.layers.Conv2D(3, 1, name="before")(picture)))
    lean = leaner(model)
    assert isinstance(lean.get_layer(layer.name), form)
    pixels = np.random.default_rng(0).random((2, 4, 6, 3), np.float32)
    np.testing.assert_allclose(lean(pixels), model(pixels), atol=1e-6)


def test_layers_within_a_model_within_are_reached() -> None:
    inside = keras.Input((4, 4, 3))
    nested = keras.Model(inside, keras.layers.UpSampling2D(2, name="up")(inside), name="nested")
    picture = keras.Input((4, 4, 3))
    lean = leaner(keras.Model(picture, nested(picture)))
    assert isinstance(lean.get_layer("nested").get_layer("up"), keras.layers.Resizing)


def test_other_layers_stay() -> None:
    picture = keras.Input((4, 4, 3))
    smooth = keras.layers.UpSampling2D(2, interpolation="bilinear")(picture)
    pooled = keras.layers.GlobalAveragePooling2D()(smooth)
    model = keras.Model(picture, keras.layers.Dense(2)(pooled))
    assert leaner(model) is model
