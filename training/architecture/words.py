"""What a layer is called in a drawing: `Convolution 3×3, 32, ReLU`, or shorter within a line, and which kind it is."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from training.architecture.steps import Shape, Step

Kind = Literal["input", "convolution", "activation", "pooling", "dense", "metadata", "fusion", "head", "model"]

KINDS: Mapping[str, Kind] = {
    "InputLayer": "input",
    "Conv2D": "convolution",
    "DepthwiseConv2D": "convolution",
    "SeparableConv2D": "convolution",
    "MaxPooling2D": "pooling",
    "AveragePooling2D": "pooling",
    "GlobalAveragePooling2D": "pooling",
    "GlobalMaxPooling2D": "pooling",
    "UpSampling2D": "pooling",
    "Flatten": "pooling",
    "Reshape": "pooling",
    "ZeroPadding2D": "pooling",
    "Cropping2D": "pooling",
    "Dense": "dense",
    "Add": "fusion",
    "Multiply": "fusion",
    "Concatenate": "fusion",
    "SelectiveAttention": "fusion",
    "Model": "model",
}
"""Kinds by class; what is not listed normalizes, activates or regularizes."""
ACTIVATIONS = {"relu": "ReLU", "relu6": "ReLU6", "silu": "SiLU", "gelu": "GELU", "hard_silu": "hard SiLU"}


def kind_of(step: Step) -> Kind:
    """By its class alone."""
    return KINDS.get(step.kind, "activation")


def title(step: Step) -> str:
    """The layer in a few words."""
    return TITLES.get(step.kind, _unknown)(step)


def short(step: Step) -> str:
    """The layer as one word or two, for a line of several."""
    return SHORT[step.kind](step) if step.kind in SHORT else title(step)


def shape_text(shape: Shape) -> str:
    """`62 × 62 × 32`: without the batch."""
    return " × ".join("?" if length is None else f"{length:,}" for length in shape[1:])


def _unknown(step: Step) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", step.kind).capitalize()


def _convolution(step: Step) -> str:
    layer = step.operation
    groups = getattr(layer, "groups", 1)
    if groups == layer.filters > 1:
        return _depthwise(step)
    separable = "Separable convolution" if step.kind == "SeparableConv2D" else "Convolution"
    parts = [f"{separable} {_square(layer.kernel_size)}", f"{layer.filters:,}"]
    if groups > 1:
        parts.append(f"{groups} groups")
    return ", ".join([*parts, *_stride(layer), *_activation(layer)])


def _depthwise(step: Step) -> str:
    layer = step.operation
    return ", ".join([f"Depthwise {_square(layer.kernel_size)}", *_stride(layer), *_activation(layer)])


def _dense(step: Step) -> str:
    return ", ".join([f"Dense {step.operation.units:,}", *_activation(step.operation)])


def _pooling(word: str) -> Callable[[Step], str]:
    return lambda step: (
        f"{word} {_square(step.operation.pool_size)}"
        + ("" if step.operation.strides == step.operation.pool_size else f", stride {step.operation.strides[0]}")
    )


def _activated(step: Step) -> str:
    layer = step.operation
    if step.kind == "ReLU":
        return "ReLU" if layer.max_value is None else f"ReLU{layer.max_value:g}"
    return _activation_name(layer.activation)


def _square(size: tuple[int, int]) -> str:
    return "×".join(map(str, size))


def _stride(layer: Any) -> list[str]:
    return [] if layer.strides[0] == 1 else [f"stride {layer.strides[0]}"]


def _activation(layer: Any) -> list[str]:
    name = _activation_name(layer.activation)
    return [name] if name else []


def _activation_name(function: Any) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "" if name == "linear" else ACTIVATIONS.get(name, name)


TITLES: Mapping[str, Callable[[Step], str]] = {
    "InputLayer": lambda step: step.name.capitalize(),
    "Conv2D": _convolution,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _convolution,
    "Dense": _dense,
    "MaxPooling2D": _pooling("Max pooling"),
    "AveragePooling2D": _pooling("Mean pooling"),
    "GlobalAveragePooling2D": lambda _: "Mean over positions",
    "GlobalMaxPooling2D": lambda _: "Maximum over positions",
    "UpSampling2D": lambda step: f"Upsampling {_square(step.operation.size)}",
    "BatchNormalization": lambda _: "Batch normalization",
    "LayerNormalization": lambda _: "Layer normalization",
    "ReLU": _activated,
    "Activation": _activated,
    "Dropout": lambda step: f"Dropout {step.operation.rate:g}",
    "SpatialDropout2D": lambda step: f"Dropout of channels {step.operation.rate:g}",
    "Rescaling": lambda _: "Rescale pixels",
    "ZeroPadding2D": lambda _: "Zero padding",
    "ColumnEffects": lambda _: "Contributions of the columns",
    "SelectiveAttention": lambda _: "Attention: V σ(A) S + V",
    "Cropping2D": lambda _: "Crop",
    "AdditiveLogits": lambda _: "Logits: bias + mean + sum",
}
SHORT: Mapping[str, Callable[[Step], str]] = {
    "BatchNormalization": lambda _: "BN",
    "LayerNormalization": lambda _: "LN",
    "ZeroPadding2D": lambda _: "pad",
    "Reshape": lambda _: "reshape",
    "Cropping2D": lambda _: "crop",
    "Add": lambda step: "+" if len(step.inputs) > 1 else "+ constant",
    "Multiply": lambda step: "× gate" if len(step.inputs) > 1 else "× constant",
    "GlobalAveragePooling2D": lambda _: "mean",
    "Dropout": lambda _: "dropout",
}
