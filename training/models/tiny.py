"""Four strided convolutions, for trials that must end in seconds."""

import keras

from training.models.convolution import convolve

WIDTHS = (16, 32, 48, 64)


def build(size: int, name: str) -> keras.Model:
    """(N, S, S, 3) to (N, S/16, S/16, 64)."""
    pixels = x = keras.Input((size, size, 3))
    for width in WIDTHS:
        x = convolve(x, width, stride=2)
    return keras.Model(pixels, x, name=name)
