"""Our backbone for 8 bits: plain 3×3 convolutions and ReLU in one line, made for ONNX Runtime's int8 on a CPU.

In the manner of RepVGG (Ding et al. 2021, arXiv 2101.03697): every block learns with three branches beside each other
and is exported as the one convolution that they add up to (`training.models.reparameterize`). Nothing else is left of
it: no addition, no depthwise convolution, no swish, none of which 8 bits make faster. The last map is S/32.
"""

import keras

from training.models.branches import Branches

STEM = 32
STAGES = ((48, 2), (96, 4), (160, 6), (256, 1))
"""Width and blocks of each stage; each halves the map."""


def build(size: int, name: str) -> keras.Model:
    """(N, S, S, 3) to (N, S/32, S/32, 256), rounded up at every halving."""
    pixels = keras.Input((size, size, 3))
    x = Branches(STEM, stride=2, name="stem")(pixels)
    for stage, (width, depth) in enumerate(STAGES, start=1):
        for block in range(depth):
            x = Branches(width, stride=1 if block else 2, name=f"stage{stage}_block{block + 1}")(x)
    return keras.Model(pixels, x, name=name)
