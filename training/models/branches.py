"""Three branches that learn beside each other and are, at every moment, one 3×3 convolution.

    ReLU(BN(convolution by (g₃ · 3×3 kernel + g₁ · 1×1 kernel + g₀ · identity, where shapes allow it)))

A sum of convolutions is the convolution by the sum of their kernels, so they are added before the picture meets them
(OREPA, Hu et al. 2022, arXiv 2204.00826): the branches of RepVGG (Ding et al. 2021, arXiv 2101.03697) for the price of
one. The gains g, one a channel and branch, are what makes them more than one kernel that learns faster in its middle.
Normalized after the sum, as QARepVGG has it (Chu et al. 2022, arXiv 2212.01593): a normalization of each branch lets
single weights of the sum grow so large that 8 bits cannot hold the others.
"""

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.models.convolution import MOMENTUM

Weights = npt.NDArray[np.float32]
AROUND = ((1, 1), (1, 1), (0, 0), (0, 0))
"""What makes a 1×1 kernel a 3×3 kernel."""


@keras.saving.register_keras_serializable(package="dermserve")
class Branches(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """(N, h, w, D') to (N, ⌈h / stride⌉, ⌈w / stride⌉, width)."""

    def __init__(self, width: int, stride: int = 1, **kwargs: object) -> None:
        """`width`: channels that come out."""
        super().__init__(**kwargs)
        self.width, self.stride = width, stride
        self.norm = keras.layers.BatchNormalization(momentum=MOMENTUM)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights of all branches. Raises `ValueError` while the number of channels is not known."""
        channels = input_shape[-1]
        if channels is None:
            raise ValueError(f"{self.name} needs a known number of channels. Received shape {input_shape}.")
        self.keeps = self.stride == 1 and channels == self.width
        self.wide = self._kernel(3, channels, "wide")
        self.point = self._kernel(1, channels, "point")
        self.gains = {
            name: self.add_weight(shape=(self.width,), initializer="ones", name=f"{name}_gain")
            for name in ("wide", "point", *(("identity",) if self.keeps else ()))
        }
        self.norm.build(self.compute_output_shape(input_shape))

    def call(self, x: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:  # noqa: FBT001
        """The convolution by the sum, normalized, and its positive part."""
        y = ops.conv(x, ops.cast(self.summed(), x.dtype), strides=self.stride, padding="same")
        return ops.relu(self.norm(y, training=training))

    def summed(self) -> keras.KerasTensor:
        """The kernel (3, 3, D', width) that the branches are."""
        middle = self.gains["point"] * ops.convert_to_tensor(self.point)
        if self.keeps:
            middle = middle + self.gains["identity"] * ops.eye(self.width)
        return self.gains["wide"] * ops.convert_to_tensor(self.wide) + ops.pad(middle, AROUND)

    def fused(self) -> tuple[Weights, Weights]:
        """The convolution that computes the same at inference: kernel (3, 3, D', width) and bias (width,)."""
        gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in self.norm.get_weights())
        gain = gamma / np.sqrt(variance + self.norm.epsilon)
        kernel = ops.convert_to_numpy(self.summed()) * gain
        return kernel.astype(np.float32), (beta - mean * gain).astype(np.float32)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(N, ⌈h / stride⌉, ⌈w / stride⌉, width)."""
        batch, *sides, _ = input_shape
        return (batch, *(side if side is None else -(-side // self.stride) for side in sides), self.width)

    def get_config(self) -> dict[str, object]:
        """What rebuilds the layer."""
        return {**super().get_config(), "width": self.width, "stride": self.stride}

    def _kernel(self, side: int, channels: int, name: str) -> keras.Variable:
        return self.add_weight(shape=(side, side, channels, self.width), initializer="he_normal", name=f"{name}_kernel")
