"""The layers of a model in order of computation, with what each reads, gives and learns. Nested models on request."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Step:
    """One layer. Inside a nested model its name is `model/layer`.

    `trained` counts the numbers that gradients move, `fixed` all others: running statistics and frozen weights.
    """

    name: str
    operation: Any
    inputs: tuple[str, ...]
    shape: Shape
    trained: int
    fixed: int

    @property
    def kind(self) -> str:
        """Name of the layer's class, such as `Conv2D`; of a nested model, `Model`."""
        return "Model" if isinstance(self.operation, keras.Model) else type(self.operation).__name__

    @property
    def parameters(self) -> int:
        """All numbers that the layer holds."""
        return self.trained + self.fixed

    @property
    def model(self) -> str:
        """Name of the model nested at the top that it belongs to, however deep; empty at the top."""
        first, slash, _ = self.name.partition("/")
        return first if slash else ""


def walk(model: keras.Model, *, nested: bool) -> list[Step]:
    """Every layer of a functional or sequential model. A nested model is one step, or all of its own when `nested`."""
    return list(_walk(model, "", (), nested=nested)[0])


def _walk(model: keras.Model, prefix: str, feeds: Sequence[str], *, nested: bool) -> tuple[list[Step], tuple[str, ...]]:
    """Steps of a model that reads `feeds`, and the names of those that give its outputs."""
    operations, inputs, outputs, edges = _graph(model)
    known: dict[str, tuple[str, ...]] = {}
    if prefix:
        known = {name: (feed,) for name, feed in zip(inputs, feeds, strict=True)}
    steps: list[Step] = []
    for operation in operations:
        if operation.name in known:
            continue
        read = tuple(name for source in edges[operation.name] for name in known[source])
        name = prefix + operation.name
        if nested and isinstance(operation, keras.Model):
            inner, known[operation.name] = _walk(operation, f"{name}/", read, nested=True)
            steps += inner
        else:
            steps.append(_step(name, operation, read))
            known[operation.name] = (name,)
    return steps, tuple(name for output in outputs for name in known[output])


def _step(name: str, operation: Any, inputs: tuple[str, ...]) -> Step:
    output = operation.output
    shape = tuple((output[0] if isinstance(output, (list, tuple)) else output).shape)
    trained = sum(math.prod(weight.shape) for weight in getattr(operation, "trainable_weights", ()))
    total = sum(math.prod(weight.shape) for weight in getattr(operation, "weights", ()))
    return Step(name, operation, inputs, shape, trained, total - trained)


def _graph(model: keras.Model) -> tuple[list[Any], list[str], list[str], Mapping[str, list[str]]]:
    """Operations, names of inputs, names of outputs, and what each operation reads."""
    if isinstance(model, keras.Sequential):
        model = keras.Model(model.inputs, model.outputs)
    # Keras keeps the edges to itself; the config, from which it rebuilds the model, is their public form.
    config = model.get_config()
    edges = {layer["name"]: list(_sources(layer["inbound_nodes"])) for layer in config["layers"]}
    inputs, outputs = (list(_sources(config[key])) for key in ("input_layers", "output_layers"))
    return list(model.operations), inputs, outputs, edges


def _sources(tree: Any) -> Iterator[str]:
    """Names of layers in a part of a config: wherever [name, call, output] stands."""
    match tree:
        case [str() as name, int(), int()]:
            yield name
        case Mapping():
            for branch in tree.values():
                yield from _sources(branch)
        case [*branches]:
            for branch in branches:
                yield from _sources(branch)
