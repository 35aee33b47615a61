"""Which convolutions 8 bits hurt most: each is quantized alone, and the answers are compared with float32."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import onnx

from export.int8 import Int8

Logits = npt.NDArray[np.float32]


def by_harm(int8: Int8, float32: Logits, ask: Callable[[onnx.ModelProto], Logits]) -> list[tuple[str, float]]:
    """Convolutions with the harm that 8 bits do in each alone, most harmful first.

    Harm is the root mean square difference of logits from `float32` (N, C), after each image's mean, which no
    probability depends on. `ask` gives a graph's logits for the same N images.
    """
    harms = [(name, harm(ask(int8.only(name)), float32)) for name in int8.convolutions]
    return sorted(harms, key=lambda item: -item[1])


def harm(received: Logits, expected: Logits) -> float:
    """Root mean square of the difference of centered logits (N, C)."""
    difference = received.astype(np.float64) - expected
    return float(np.sqrt(np.mean((difference - difference.mean(axis=1, keepdims=True)) ** 2)))
