"""How the metadata (N, K) meets the last feature map (N, h, w, D), before the head. Plain layers only.

`modulate` starts as the identity, so pretrained features are read as they are until the metadata has something to say.
"""

from collections.abc import Callable

import keras

from training.options.model import Fusion

HIDDEN = 64
"""Width of the layer between the metadata and its effect on the features."""
CONCATENATED = 256
"""Most channels that a concatenation is mixed down to: of ResNet's 2,048 all would cost 4 million weights."""


def modulate(features: keras.KerasTensor, facts: keras.KerasTensor) -> keras.KerasTensor:
    """Scale and shift each channel by functions of the metadata (FiLM, Perez et al. 2018): x γ(m) + β(m)."""
    layers = keras.layers
    width = features.shape[-1]
    mixed = layers.Dense(HIDDEN, activation="relu", name="mix")(facts)
    gain = layers.Dense(width, kernel_initializer="zeros", bias_initializer="ones", name="gain")(mixed)
    shift = layers.Dense(width, kernel_initializer="zeros", name="shift")(mixed)
    scaled = layers.Multiply(name="scaled")([features, layers.Reshape((1, 1, width), name="gain_map")(gain)])
    return layers.Add(name="modulation")([scaled, layers.Reshape((1, 1, width), name="shift_map")(shift)])


def concatenate(features: keras.KerasTensor, facts: keras.KerasTensor) -> keras.KerasTensor:
    """An embedding of the metadata joined to every position, then a dense layer and ReLU at each.

    A dense layer on a concatenation is the sum of one on each part, so nothing is tiled: the same function, cheaper.
    """
    layers = keras.layers
    width = min(features.shape[-1], CONCATENATED)
    mixed = layers.Dense(HIDDEN, activation="relu", name="mix")(facts)
    shift = layers.Dense(width, use_bias=False, kernel_initializer="he_normal", name="shift")(mixed)
    seen = layers.Conv2D(width, 1, kernel_initializer="he_normal", name="join")(features)
    joined = layers.Add(name="joined")([seen, layers.Reshape((1, 1, width), name="shift_map")(shift)])
    return layers.ReLU(name="concatenation")(joined)


def ignore(features: keras.KerasTensor, facts: keras.KerasTensor) -> keras.KerasTensor:  # noqa: ARG001 # as the others
    """The features as they are."""
    return features


FUSIONS: dict[Fusion, Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]] = {
    "modulate": modulate,
    "concatenate": concatenate,
    "none": ignore,
}
