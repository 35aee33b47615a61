"""Layers that convert to a string of operators, written as layers that convert to one and compute the same.

Keras asks for the shape of a batch where it is not known yet; tf2onnx then writes Shape, Gather, Cast, Concat and
Reshape in front of the work, and cannot move a transpose past them.
"""

from math import prod

import keras

from training.models.reparameterize import Form, rewritten


def leaner(model: keras.Model) -> keras.Model:
    """The same function, its dense layers on maps written as 1×1 convolutions, upsampling as resizing to a known size.

    Other layers keep names and weights. A model without any of these comes back as it is.
    """
    return rewritten(model, _leaner)


def _leaner(layer: keras.layers.Layer) -> Form | None:
    if isinstance(layer, keras.layers.Dense) and len(layer.input.shape) == 4:
        return _pointwise(layer)
    if isinstance(layer, keras.layers.UpSampling2D) and layer.interpolation == "nearest":
        height, width = layer.output.shape[1:3]
        return Form(keras.layers.Resizing(height, width, interpolation="nearest", name=layer.name), [])
    if isinstance(layer, keras.layers.Flatten):
        return Form(Flat(prod(layer.input.shape[1:]), name=layer.name), [])
    return None


class Flat(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """(N, …) to (N, width)."""

    def __init__(self, width: int, **kwargs: object) -> None:
        """`width`: numbers of a row."""
        super().__init__(**kwargs)
        self.width = width

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """As many rows as there are."""
        return keras.ops.reshape(x, (-1, self.width))


def _pointwise(layer: keras.layers.Dense) -> Form:
    kernel, *bias = layer.get_weights()
    convolution = keras.layers.Conv2D(
        layer.units, 1, activation=layer.activation, use_bias=layer.use_bias, name=layer.name
    )
    return Form(convolution, [kernel[None, None], *bias])
