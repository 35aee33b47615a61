"""What a model costs as it answers: parameters, and floating-point operations for one image, layer by layer.

Convention: 2 operations for each multiply-add of a convolution or dense layer; all else (biases, normalization,
activations, pooling, sums) is left out, as papers do. Many papers count multiply-adds instead and call them FLOPs:
half of these numbers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

import keras

from training.models.evidence import ColumnEffects
from training.models.reparameterize import reparameterized

OPERATIONS = 2
"""Of a multiply-add."""


class UnknownCost(ValueError):
    """A layer has weights that nobody said how often are multiplied."""


@dataclass(frozen=True)
class Cost:
    """`parameters`: numbers in all weights; `flops`: operations for one image."""

    parameters: int
    flops: int


def cost(model: keras.Model) -> Cost:
    """Count a functional model, models within it included, what learns in branches as the one convolution that it is.

    Raises `UnknownCost` naming a layer whose multiply-adds this cannot tell.
    """
    model = reparameterized(model)
    return Cost(model.count_params(), OPERATIONS * sum(_multiply_adds(layer) for layer in _layers(model)))


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _multiply_adds(layer: keras.layers.Layer) -> int:
    for kind, rule in RULES.items():
        if isinstance(layer, kind):
            return rule(layer)
    if any(len(weight.shape) > 1 for weight in layer.weights):
        known = ", ".join(kind.__name__ for kind in RULES)
        raise UnknownCost(f"No rule for the multiply-adds of {layer.name}. Expected {known}. Received {type(layer)}.")
    return 0


def _at_every_position(layer: keras.layers.Layer) -> int:
    """A kernel is applied whole at each position of the output (N, …, D)."""
    return int(prod(layer.kernel.shape) * prod(layer.output.shape[1:-1]))


def _once(layer: keras.layers.Layer) -> int:
    return int(prod(layer.kernel.shape))


RULES: dict[type, Callable[[keras.layers.Layer], int]] = {
    keras.layers.DepthwiseConv2D: _at_every_position,
    keras.layers.Conv2D: _at_every_position,
    keras.layers.Dense: _at_every_position,
    ColumnEffects: _once,
}
