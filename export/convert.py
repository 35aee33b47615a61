"""A trained Keras model to an ONNX graph with the names and shapes of the bundle's contract.

tf2onnx logs its optimizer's errors instead of raising them and names batch dimensions at will, so the graph is put in
order and checked here; `export.parity` then proves that it computes the same.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from training.models.evidence import LOGITS

OPSET = 18
INPUTS = ("image", "metadata")
BATCH = "batch"


class ConversionFailed(RuntimeError):
    """The graph does not fit the bundle's contract, or does not compute what the Keras model computes."""


def convert(model: keras.Model) -> onnx.ModelProto:
    """Convert a model of `with_explanation` to ONNX, opset 18, batch dimension open, `logits` first.

    Raises `ConversionFailed` when names, order, types or shapes are not those of the contract.
    """
    if keras.backend.backend() != "tensorflow":
        raise ConversionFailed(f"Export runs on Keras's TensorFlow backend. Received {keras.backend.backend()}.")
    signature = [tf.TensorSpec((None, *part.shape[1:]), part.dtype, name=part.name) for part in model.inputs]
    proto: onnx.ModelProto = tf2onnx.convert.from_keras(
        model, input_signature=signature, opset=OPSET, custom_op_handlers={"Erfc": (_erfc_by_erf, [])}
    )[0]
    wanted = [LOGITS, *(name for name in model.output if name != LOGITS)]
    _order(proto, wanted)
    _check(proto, model, wanted)
    onnx.checker.check_model(proto, full_check=True)
    return proto


def _erfc_by_erf(graph: Any, node: Any, _name: str, _arguments: list[str]) -> None:
    """tf2onnx 1.17 knows no Erfc, which TensorFlow's GELU is made of: 1 − Erf, which ONNX has."""
    node.type, node.domain = "Erf", ""
    one = graph.make_const(f"{node.name}_one", np.ones(1, np.float32))
    graph.insert_new_node_on_output("Sub", node.output[0], inputs=[one.output[0], node.output[0]])


def _order(proto: onnx.ModelProto, wanted: Sequence[str]) -> None:
    graph = proto.graph
    outputs = {value.name: value for value in graph.output}
    if outputs.keys() != set(wanted):
        raise ConversionFailed(f"Outputs were renamed. Expected {wanted}. Received {sorted(outputs)}.")
    del graph.output[:]
    graph.output.extend(outputs[name] for name in wanted)
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    # Intermediate shapes still speak of tf2onnx's own batch names.
    del graph.value_info[:]


def _check(proto: onnx.ModelProto, model: keras.Model, wanted: Sequence[str]) -> None:
    expected = {part.name: (str(part.dtype), tuple(part.shape[1:])) for part in model.inputs}
    expected |= {name: ("float32", tuple(model.output[name].shape[1:])) for name in wanted}
    received = {value.name: _signature(value) for value in (*proto.graph.input, *proto.graph.output)}
    if tuple(value.name for value in proto.graph.input) != INPUTS or received != expected:
        raise ConversionFailed(f"The graph has other inputs or outputs. Expected {expected}. Received {received}.")


def _signature(value: onnx.ValueInfoProto) -> tuple[str, tuple[int, ...]]:
    tensor = value.type.tensor_type
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    return str(dtype), tuple(dim.dim_value for dim in tensor.shape.dim[1:])
