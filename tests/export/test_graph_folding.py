"""What does not depend on the inputs is computed once, and scales go into the convolutions before them."""

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from export.graph_folding import folded

RNG = np.random.default_rng(0)


def graph() -> onnx.ModelProto:
    """A padded depthwise convolution, scaled and shifted as tf2onnx leaves normalization; the shift is computed."""
    numbers = {
        "kernel": RNG.random((3, 1, 3, 3), np.float32),
        "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]),
        "scale": RNG.random((1, 3, 1, 1), np.float32),
        "half": RNG.random((1, 3, 1, 1), np.float32),
    }
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("Conv", ["padded", "kernel"], ["seen"], group=3),
        helper.make_node("Mul", ["seen", "scale"], ["scaled"]),
        helper.make_node("Add", ["half", "half"], ["shift"]),
        helper.make_node("Add", ["scaled", "shift"], ["y"]),
    ]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3, 5, 5]) for name in "xy")
    constants = [numpy_helper.from_array(value, name) for name, value in numbers.items()]
    whole = helper.make_graph(nodes, "g", [x], [y], constants)
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def run(proto: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    result: np.ndarray = session.run(["y"], {"x": x})[0]
    return result


def test_one_convolution_is_left_and_computes_the_same() -> None:
    before, x = graph(), RNG.random((2, 3, 5, 5), np.float32)
    after = folded(before)
    assert [node.op_type for node in after.graph.node] == ["Conv"]
    np.testing.assert_allclose(run(after, x), run(before, x), atol=1e-6)


def test_format_operators_and_signature_stay() -> None:
    before = graph()
    after = folded(before)
    assert (after.ir_version, after.opset_import) == (before.ir_version, before.opset_import)
    assert (after.graph.input, after.graph.output) == (before.graph.input, before.graph.output)
