"""Our own backbone for 64…160 px: small enough to train from scratch on two cores, fast on a CPU once trained.

Residual stages of plain 3×3 convolutions, batch normalization and ReLU, and nothing else: no depthwise convolution, no
squeeze-and-excite, no swish. A plain convolution does many multiply-adds for each number it reads, which is what a CPU
is good at; normalization folds into it, and so does the addition. So it runs faster than networks with fewer multiply-
adds (docs/models.md has the numbers), and its numbers stay in ranges that 8 bits hold.

The last map is S/16, not S/32: at 64 px that leaves 4×4 positions for the evidence.
"""

import keras

from training.models.convolution import convolve

STEM = 24
STAGES = ((32, 2), (64, 2), (128, 2))
"""Width and residual blocks of each stage; each halves the map."""


def build(size: int, name: str) -> keras.Model:
    """(N, S, S, 3) to (N, S/16, S/16, 128), rounded up."""
    pixels = keras.Input((size, size, 3))
    x = convolve(pixels, STEM, stride=2)
    for width, depth in STAGES:
        for block in range(depth):
            x = _residual(x, width, halve=block == 0)
    return keras.Model(pixels, x, name=name)


def _residual(x: keras.KerasTensor, width: int, *, halve: bool) -> keras.KerasTensor:
    """ReLU of shortcut + two convolutions, whose last scale starts at zero: every block begins as its shortcut."""
    layers = keras.layers
    shortcut = x
    if halve:
        # Averaged before the 1×1 convolution, which alone would look at a quarter of the map (He et al. 2019).
        shortcut = convolve(layers.AveragePooling2D(2, padding="same")(x), width, 1, activation=None)
    x = convolve(x, width, stride=2 if halve else 1)
    x = convolve(x, width, activation=None, gamma="zeros")
    return layers.ReLU()(layers.Add()([shortcut, x]))
