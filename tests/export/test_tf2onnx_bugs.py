"""Each bug is there in tf2onnx as it is installed, and mended here.

When the first half of a test fails after an upgrade, tf2onnx has mended it itself: what the test names goes.
"""

from collections import Counter

import keras
import onnx
import pytest
import tensorflow as tf
import tf2onnx

from export.convert import OPSET, _failures
from export.tf2onnx_bugs import HANDLERS, OPTIMIZERS, name_resizing

pytestmark = pytest.mark.tensorflow

SIDE = 8


def as_installed(model: keras.Model) -> tuple[onnx.ModelProto, list[str]]:
    return _convert(model)


def mended(model: keras.Model) -> onnx.ModelProto:
    proto, failures = _convert(model, custom_op_handlers=HANDLERS, optimizers=OPTIMIZERS)
    assert failures == []
    return proto


def _convert(model: keras.Model, **options: object) -> tuple[onnx.ModelProto, list[str]]:
    signature = [tf.TensorSpec((None, *part.shape[1:]), part.dtype, name=part.name) for part in model.inputs]
    with _failures() as failures:
        proto = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET, **options)[0]
    return proto, failures


def operators(proto: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in proto.graph.node)


def picture() -> keras.KerasTensor:
    return keras.Input((SIDE, SIDE, 3), name="picture")


def convolve(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Conv2D(4, 3, use_bias=False)(x)


def test_a_number_added_to_a_convolution() -> None:
    x = picture()
    model = keras.Model(x, {"y": convolve(keras.ops.relu6(convolve(x) + 3.0))})
    proto, failures = as_installed(model)
    assert [each for each in failures if "optimize_transpose" in each], failures
    assert operators(proto)["Transpose"] > 2
    assert operators(mended(model))["Transpose"] == 2


def test_a_product_with_a_computed_tensor() -> None:
    x, facts = picture(), keras.Input((5,), name="facts")
    gain = keras.layers.Reshape((1, 1, 4))(keras.layers.Dense(4)(facts))
    model = keras.Model([x, facts], {"y": convolve(convolve(x) * gain)})
    proto, failures = as_installed(model)
    assert failures == []
    assert operators(proto)["Transpose"] > 2
    assert operators(mended(model))["Transpose"] == 2


def test_the_gaussian_error_unit() -> None:
    x = picture()
    model = keras.Model(x, {"y": keras.layers.Activation("gelu")(x)})
    _, failures = as_installed(model)
    assert [each for each in failures if "Erfc" in each], failures
    assert operators(mended(model))["Erf"] == 1


def test_resizing_to_the_nearest() -> None:
    x = picture()
    model = keras.Model(x, {"y": keras.layers.Resizing(2 * SIDE, 2 * SIDE, interpolation="nearest")(x)})
    proto, _ = as_installed(model)
    assert modes(proto) == [b"tf_half_pixel_for_nn"]
    name_resizing(proto.graph)
    assert modes(proto) == [b"asymmetric"]


def test_resizing_by_a_fraction_is_left_as_it_is() -> None:
    x = picture()
    model = keras.Model(x, {"y": keras.layers.Resizing(12, 12, interpolation="nearest")(x)})
    proto, _ = as_installed(model)
    name_resizing(proto.graph)
    assert modes(proto) == [b"tf_half_pixel_for_nn"]


def modes(proto: onnx.ModelProto) -> list[bytes]:
    return [
        attribute.s
        for node in proto.graph.node
        for attribute in node.attribute
        if attribute.name == "coordinate_transformation_mode"
    ]
