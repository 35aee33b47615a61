"""A trained Keras model to an ONNX graph with the names and shapes of the bundle's contract.

tf2onnx logs its optimizer's errors instead of raising them and names batch dimensions at will, so the graph is put in
order and checked here; `export.parity` then proves that it computes the same.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import onnx
import tensorflow as tf
import tf2onnx

from export.errors import ConversionFailed
from export.graph_folding import folded
from export.graph_layers import leaner
from export.tf2onnx_bugs import HANDLERS, OPTIMIZERS, name_resizing
from training.models.evidence import LOGITS
from training.models.reparameterize import reparameterized

OPSET, IR = 18, 8
"""The newest operators that tf2onnx writes, and the format they came with: what knows the one reads the other."""
INPUTS = ("image", "metadata")
BATCH = "batch"


def convert(model: keras.Model) -> onnx.ModelProto:
    """Convert a model of `with_explanation` to ONNX, opset 18, IR 8, batch dimension open, `logits` first.

    What learns in branches is folded first; compare the graph with `model` itself, which is not.

    Raises `ConversionFailed` on a model of 16 bits, when tf2onnx fails at anything, and when names, order, types or
    shapes are not those of the contract.
    """
    if keras.backend.backend() != "tensorflow":
        raise ConversionFailed(f"Export runs on Keras's TensorFlow backend. Received {keras.backend.backend()}.")
    _refuse_16_bits(model)
    proto = _converted(leaner(reparameterized(model)))
    wanted = [LOGITS, *(name for name in model.output if name != LOGITS)]
    _order(proto, wanted)
    _check(proto, model, wanted)
    onnx.checker.check_model(proto, full_check=True)
    return proto


def _refuse_16_bits(model: keras.Model) -> None:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _refuse_16_bits(layer)
        elif layer.compute_dtype in {"float16", "bfloat16"}:
            raise ConversionFailed(
                f"Expected a model that computes in float32, which is what a finished run keeps. Received {layer.name} "
                f"in {layer.compute_dtype}. Other precisions are made from the float32 graph."
            )


def _converted(model: keras.Model) -> onnx.ModelProto:
    signature = [tf.TensorSpec((None, *part.shape[1:]), part.dtype, name=part.name) for part in model.inputs]
    with _failures() as failures:
        proto: onnx.ModelProto = tf2onnx.convert.from_keras(
            model, input_signature=signature, opset=OPSET, custom_op_handlers=HANDLERS, optimizers=OPTIMIZERS
        )[0]
    if failures:
        raise ConversionFailed(f"tf2onnx failed at a part of the model: {'; '.join(failures)}")
    name_resizing(proto.graph)
    proto = folded(proto)
    proto.ir_version = IR
    del proto.opset_import[:]
    proto.opset_import.append(onnx.helper.make_opsetid("", OPSET))
    return proto


@contextmanager
def _failures() -> Iterator[list[str]]:
    """What tf2onnx logs and goes on from: operators it does not know, optimizers that raise."""
    logger, heard = logging.getLogger("tf2onnx"), _Failures()
    logger.addHandler(heard)
    try:
        yield heard.messages
    finally:
        logger.removeHandler(heard)


class _Failures(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep errors, and warnings that carry an exception."""
        if record.exc_info or record.levelno >= logging.ERROR:
            cause = f": {record.exc_info[1]}" if record.exc_info else ""
            self.messages.append(record.getMessage() + cause)


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
