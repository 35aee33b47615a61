"""The unit that our own backbones are made of: convolution, batch normalization, activation."""

import keras

MOMENTUM = 0.9
"""Of batch normalization: statistics of the last tens of batches. Networks from scratch change fast."""


def convolve(  # the parameters of one convolution
    x: keras.KerasTensor,
    width: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    activation: str | None = "relu",
    gamma: str = "ones",
) -> keras.KerasTensor:
    """(N, h, w, D) to (N, ⌈h / stride⌉, ⌈w / stride⌉, width). `gamma`: how the normalization's scale starts."""
    layers = keras.layers
    x = layers.Conv2D(width, kernel, stride, "same", use_bias=False, kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization(momentum=MOMENTUM, gamma_initializer=gamma)(x)
    return layers.Activation(activation)(x) if activation else x
