"""Networks of attention condensers in two sizes, in the style of CancerNet-SCa. Written from papers; not that network.

CancerNet-SCa (Lee et al. 2020, arXiv 2011.10702) publishes sizes and weights, but neither graph nor code. This is
built from what is written down of its family:

- The attention condenser (Wong et al. 2020, TinySpeech, arXiv 2008.04245) of a map V: condensation Q = C(V), embedding
  K = E(Q), expansion A = X(K), then selective attention with a learned scale S. The paper names these parts; what the
  last one computes is read in two ways by its open implementations: V' = V σ(A) S + V and V' = V S + A. This is the
  first: it can only weigh what is there, and S = 0 would make it the identity. C is the maximum over 2×2, E a
  bottleneck with a depthwise convolution (as in AttendNets, Wong et al. 2020, arXiv 2009.14385), X nearest-neighbor
  upsampling.
- The order of stages of its published relative (Cancer-Net SCa DC-AC, Tai et al. 2024, arXiv 2311.11656): a stem of two
  convolutions and a pooling, four residual stages of swish convolutions, halved by averaging, the last two made of
  bottlenecks. Its 3×3 convolutions are grouped by four; these are not, and are narrower instead: Keras compiles grouped
  ones by XLA on TensorFlow's CPU, into calls that tf2onnx cannot look into.

Widths are chosen for the parameters of CancerNet-SCa A and B (13.65 and 0.80 million); docs/models.md has both beside
each other.
"""

from dataclasses import dataclass

import keras

from training.models.convolution import MOMENTUM, convolve

REDUCTION = 4
"""How many times narrower the embedding of a condenser is than the map that it weighs."""


@dataclass(frozen=True)
class Plan:
    """Width of the stem; width and residual blocks of each of the four stages."""

    stem: int
    stages: tuple[tuple[int, int], ...]


A = Plan(stem=32, stages=((64, 2), (152, 2), (576, 4), (1416, 1)))
B = Plan(stem=16, stages=((24, 2), (48, 2), (144, 3), (340, 1)))
PLAIN_STAGES = 2
"""Stages made of two 3×3 convolutions; the later ones are bottlenecks."""


def build(size: int, name: str, plan: Plan) -> keras.Model:
    """(N, S, S, 3) to (N, S/32, S/32, D), rounded up at every halving, D the width of the last stage."""
    pixels = keras.Input((size, size, 3))
    x = convolve(pixels, plan.stem, stride=2, activation="swish")
    x = convolve(x, plan.stem, activation="swish")
    x = keras.layers.AveragePooling2D(3, 2, "same")(x)
    for stage, (width, depth) in enumerate(plan.stages):
        for block in range(depth):
            x = _residual(x, width, halve=stage > 0 and block == 0, plain=stage < PLAIN_STAGES)
    return keras.Model(pixels, x, name=name)


def _residual(x: keras.KerasTensor, width: int, *, halve: bool, plain: bool) -> keras.KerasTensor:
    layers = keras.layers
    if halve:
        x = layers.AveragePooling2D(2, padding="same")(x)
    shortcut = x if x.shape[-1] == width else convolve(x, width, 1, activation=None)
    if plain:
        x = convolve(x, width, activation="swish")
        x = convolve(x, width, activation=None)
    else:
        x = convolve(x, width // 2, 1, activation="swish")
        x = convolve(x, width // 2, activation="swish")
        x = convolve(x, width, 1, activation=None)
    return layers.Activation("swish")(layers.Add()([shortcut, condense(x)]))


def condense(v: keras.KerasTensor) -> keras.KerasTensor:
    """Weigh (N, h, w, D) by attention that is computed on a map of half its side."""
    layers = keras.layers
    height, width, channels = v.shape[1:]
    q = layers.MaxPooling2D(2, padding="same")(v)
    k = convolve(q, channels // REDUCTION, 1, activation="swish")
    k = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(k)
    k = layers.Activation("swish")(layers.BatchNormalization(momentum=MOMENTUM)(k))
    k = layers.Conv2D(channels, 1)(k)
    a = layers.UpSampling2D(2)(k)
    # Of a map with an odd side, half is rounded up and twice that is one too many.
    a = layers.Cropping2D(((0, height % 2), (0, width % 2)))(a) if height % 2 or width % 2 else a
    return SelectiveAttention()([v, a])


@keras.saving.register_keras_serializable(package="dermserve")
class SelectiveAttention(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """V σ(A) S + V of two maps (N, h, w, D), with one learned scale S that starts at 1."""

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:  # noqa: ARG002 # S needs no shape
        """Create S (1,)."""
        self.scale = self.add_weight(shape=(1,), initializer="ones", name="scale")

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """[V, A] to V'."""
        v, a = inputs
        return v * keras.ops.sigmoid(a) * self.scale + v
