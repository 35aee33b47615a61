"""A convolutional backbone whose last feature map the metadata modulates, under a head that explains itself.

    logits = bias + mean over positions (evidence) + sum over columns (contributions)

`evidence` (N, h, w, C) is a linear classifier at every position of the modulated map; `contributions` (N, K, C) is the
linear effect of each metadata column. The explanation is the very sum the answer is made of, so it costs nothing.
Modulation: feature-wise, x (1 + γ(m)) + β(m) (FiLM, Perez et al. 2018), starting as the identity.
"""

import keras

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.config import InvalidConfig, Model

EVIDENCE = "evidence"
CONTRIBUTIONS = "contributions"
BACKBONE = "backbone"


@keras.saving.register_keras_serializable(package="dermserve")
class Modulation(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """Scale and shift the channels of (N, h, w, D) by functions of metadata (N, K); the identity at the start."""

    def __init__(self, hidden: int = 64, **kwargs: object) -> None:
        """`hidden`: width of the layer between metadata and the 2 D modulation values."""
        super().__init__(**kwargs)
        self.hidden = hidden

    def build(self, input_shape: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
        """Create the two dense layers."""
        features, facts = input_shape
        self.mix = keras.layers.Dense(self.hidden, activation="relu", name="mix")
        self.gains = keras.layers.Dense(2 * features[-1], kernel_initializer="zeros", name="gains")
        self.mix.build(facts)
        self.gains.build((None, self.hidden))

    def call(self, inputs: tuple[keras.KerasTensor, keras.KerasTensor]) -> keras.KerasTensor:
        """[(N, h, w, D), (N, K)] to (N, h, w, D)."""
        features, facts = inputs
        scale, shift = keras.ops.split(self.gains(self.mix(facts))[:, None, None, :], 2, axis=-1)
        return features * (1 + scale) + shift

    def get_config(self) -> dict[str, object]:
        """What rebuilds the layer."""
        return {**super().get_config(), "hidden": self.hidden}


@keras.saving.register_keras_serializable(package="dermserve")
class ColumnEffects(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """Linear effect of every metadata column on every class: (N, K) to (N, K, C). Zero at the start."""

    def __init__(self, classes: int, **kwargs: object) -> None:
        """`classes`: C."""
        super().__init__(**kwargs)
        self.classes = classes

    def build(self, input_shape: tuple[int | None, int]) -> None:
        """Create the (K, C) kernel."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.classes), initializer="zeros", name="kernel")

    def call(self, facts: keras.KerasTensor) -> keras.KerasTensor:
        """(N, K) to (N, K, C)."""
        return facts[:, :, None] * self.kernel[None]

    def get_config(self) -> dict[str, object]:
        """What rebuilds the layer."""
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable(package="dermserve")
class AdditiveLogits(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """Bias + mean of the evidence over positions + sum of the contributions over columns."""

    def build(self, input_shape: tuple[tuple[int | None, ...], tuple[int | None, ...]]) -> None:
        """Create the bias (C,)."""
        self.bias = self.add_weight(shape=(input_shape[0][-1],), initializer="zeros", name="bias")

    def call(self, inputs: tuple[keras.KerasTensor, keras.KerasTensor]) -> keras.KerasTensor:
        """[(N, h, w, C), (N, K, C)] to (N, C)."""
        evidence, contributions = inputs
        return keras.ops.mean(evidence, axis=(1, 2)) + keras.ops.sum(contributions, axis=1) + self.bias


def build(options: Model, image: ImageSpec, metadata: MetadataSpec, classes: int) -> keras.Model:
    """uint8 (N, S, S, 3) and float32 (N, K) to logits (N, C)."""
    layers = keras.layers
    picture = keras.Input((image.size, image.size, 3), dtype="uint8", name="image")
    facts = keras.Input((metadata.width,), dtype="float32", name="metadata")

    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(picture)
    x = BACKBONES[options.backbone](image.size, options.weights)(x)
    x = Modulation(name="modulation")([x, facts])
    x = layers.SpatialDropout2D(options.dropout)(x)
    evidence = layers.Conv2D(classes, 1, use_bias=False, name=EVIDENCE)(x)
    contributions = ColumnEffects(classes, name=CONTRIBUTIONS)(facts)
    logits = AdditiveLogits(name="logits")([evidence, contributions])
    return keras.Model([picture, facts], logits, name="dual")


def _mobilenet_v2(size: int, weights: str | None) -> keras.Model:
    backbone = keras.applications.MobileNetV2(
        include_top=False, weights=weights, input_shape=(size, size, 3), name=BACKBONE
    )
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Shipped as 0.999: over a few thousand steps of fine-tuning the running statistics then trail the weights
            # so far that validation falls apart (balanced accuracy 0.36 at epoch 3, 0.65 on the training batches).
            layer.momentum = 0.99
    return backbone


def _tiny(size: int, weights: str | None) -> keras.Model:
    """Four strided convolutions, for trials that must end in seconds."""
    if weights is not None:
        raise InvalidConfig(f"The tiny backbone has no pretrained weights. Received {weights!r}.")
    layers = keras.layers
    stages = [
        layer
        for width in (16, 32, 48, 64)
        for layer in (
            layers.Conv2D(width, 3, 2, "same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        )
    ]
    return keras.Sequential([keras.Input((size, size, 3)), *stages], name=BACKBONE)


BACKBONES = {"mobilenet_v2": _mobilenet_v2, "tiny": _tiny}
