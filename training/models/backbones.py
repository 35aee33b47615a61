"""The backbones by name: each with the pixels it wants, and from where its initial weights may come.

A backbone takes scaled pixels float32 (N, S, S, 3) and gives its last map float32 (N, h, w, D).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import keras

from training.config import InvalidConfig
from training.models import applications, compact, condenser, plain, tiny
from training.models.applications import IMAGENET
from training.models.weights import load
from training.options.model import Backbone

SMALLEST = 32
"""Pixels a side that every backbone can halve five times."""


@dataclass(frozen=True)
class Scaling:
    """Pixels 0…255 times `scale`, plus `offset`: one number, or one for red, green and blue."""

    scale: float | Sequence[float]
    offset: float | Sequence[float]


SYMMETRIC = Scaling(1 / 127.5, -1.0)
"""To −1…1."""
STANDARDIZED = Scaling([1 / 58.395, 1 / 57.12, 1 / 57.375], [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225])
"""By mean and standard deviation of each channel over ImageNet."""
CENTERED = Scaling(1.0, [-123.68, -116.779, -103.939])
"""By the mean alone, as the first ResNets were trained."""

OWN: dict[Backbone, Callable[[int, str], keras.Model]] = {
    "tiny": tiny.build,
    "compact": compact.build,
    "plain": plain.build,
    "condenser_a": partial(condenser.build, plan=condenser.A),
    "condenser_b": partial(condenser.build, plan=condenser.B),
}
SCALINGS: dict[Backbone, Scaling] = {
    **dict.fromkeys(OWN, SYMMETRIC),
    "mobilenet_v2": SYMMETRIC,
    "mobilenet_v3_small": SYMMETRIC,
    "efficientnet_v2_b0": STANDARDIZED,
    "efficientnet_v2_b1": STANDARDIZED,
    "efficientnet_v2_b2": STANDARDIZED,
    "efficientnet_v2_b3": STANDARDIZED,
    "convnext_tiny": STANDARDIZED,
    "resnet50": CENTERED,
}


def rescale(kind: Backbone, pixels: keras.KerasTensor) -> keras.KerasTensor:
    """uint8 (N, S, S, 3) to what the backbone was, or is to be, trained on."""
    scaling = SCALINGS[kind]
    return keras.layers.Rescaling(scaling.scale, scaling.offset, name="rescale")(pixels)


def build(kind: Backbone, size: int, weights: str | None, name: str) -> keras.Model:
    """The backbone for images of S × S. `weights`: none, `imagenet`, or the path of a file.

    Raises `InvalidConfig` on images too small, weights that nobody has made, and files that do not fit.
    """
    if size < SMALLEST:
        raise InvalidConfig(f"Images are too small for a backbone. Expected {SMALLEST} px a side. Received {size}.")
    if kind not in OWN:
        return applications.build(size, name, kind, weights)
    if weights == IMAGENET:
        raise InvalidConfig(f"The {kind} backbone is ours: nobody has trained it on ImageNet. Expected a file or none.")
    backbone = OWN[kind](size, name)
    if weights is not None:
        load(backbone, weights)
    return backbone
