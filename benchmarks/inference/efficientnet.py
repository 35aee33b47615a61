"""What all else is compared with: EfficientNet-B0 at 224 px in float32, of random weights, eight categories."""

from pathlib import Path

import keras
import onnx
import tensorflow as tf
import tf2onnx

from export.convert import OPSET
from lesion.diagnosis import CODES
from training.models.cost import cost

NAME, SIZE = "EfficientNet-B0", 224
AFTER_SCALING = "stem_conv_pad"
"""The first layer of keras.applications' network that is not part of its preprocessing."""


def build() -> keras.Model:
    """image uint8 (N, 224, 224, 3) to logits (N, 8).

    Cut after its own preprocessing, whose mean and deviation tf2onnx makes inputs of the graph: one multiplication and
    one addition stand in for it.
    """
    network = keras.applications.EfficientNetB0(
        weights=None, input_shape=(SIZE, SIZE, 3), classes=len(CODES), classifier_activation=None
    )
    body = keras.Model(network.get_layer(AFTER_SCALING).input, network.output)
    image = keras.Input((SIZE, SIZE, 3), dtype="uint8", name="image")
    return keras.Model(image, body(keras.layers.Rescaling(1 / 127.5, -1)(image)))


def write(model: keras.Model, path: Path) -> None:
    """Convert to ONNX."""
    signature = [tf.TensorSpec((None, SIZE, SIZE, 3), tf.uint8, name="image")]
    onnx.save(tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)[0], path)


def gflops(model: keras.Model) -> float:
    """10⁹ operations for one image, two for each multiply-add."""
    return cost(model).flops / 1e9
