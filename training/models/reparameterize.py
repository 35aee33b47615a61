"""A model as it answers rather than as it learns: each block of branches becomes the one convolution it adds up to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras

from training.models.branches import Branches, Weights


@dataclass(frozen=True)
class Form:
    """Another way to write a layer: the layer, not built yet, and the weights it gets."""

    layer: keras.layers.Layer
    weights: list[Weights]


def reparameterized(model: keras.Model) -> keras.Model:
    """The same function with one 3×3 convolution and ReLU for each `Branches`. Other layers keep names and weights.

    A model without such blocks comes back as it is.
    """
    return rewritten(model, _convolution)


def rewritten(model: keras.Model, form: Callable[[keras.layers.Layer], Form | None]) -> keras.Model:
    """A functional model with other layers where `form` knows one, models within it included.

    A model all of whose layers stay comes back as it is.
    """
    forms = {layer: other for layer in _layers(model) if (other := form(layer))}
    if not forms:
        return model

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        return forms[layer].layer if layer in forms else layer.__class__.from_config(layer.get_config())

    twin = keras.models.clone_model(model, clone_function=copy, recursive=True)
    for layer, its in zip(_layers(model), _layers(twin), strict=True):
        its.set_weights(forms[layer].weights if layer in forms else layer.get_weights())
    return twin


def _convolution(layer: keras.layers.Layer) -> Form | None:
    if not isinstance(layer, Branches):
        return None
    plain = keras.layers.Conv2D(layer.width, 3, layer.stride, "same", activation="relu", name=layer.name)
    return Form(plain, list(layer.fused()))


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer
