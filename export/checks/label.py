"""What the manifest says of a variant's file: the versions it is written in, and its precision."""

import onnx

from lesion.manifest import InvalidBundle
from lesion.variant import Variant


def check_label(model: onnx.ModelProto, variant: Variant) -> str:
    """Opset, intermediate representation and precision are those of the manifest. Raises `InvalidBundle`."""
    opsets = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if opsets != [variant.opset]:
        raise InvalidBundle(f"The opset is not the manifest's. Expected {[variant.opset]}. Received {opsets}.")
    if variant.ir is not None and model.ir_version != variant.ir:
        raise InvalidBundle(
            f"The IR is not the manifest's. Expected version {variant.ir}. Received {model.ir_version}."
        )
    if variant.precision != "bfloat16" and (received := _precision(model)) != variant.precision:
        raise InvalidBundle(f"The precision is not the manifest's. Expected {variant.precision}. Received {received}.")
    return f"opset {variant.opset}, IR {model.ir_version}, {variant.precision}"


def _precision(model: onnx.ModelProto) -> str:
    """By what it is made of. bfloat16 is not told: a runtime may make it of a file in float32."""
    if any("Quantize" in node.op_type or "QLinear" in node.op_type for node in model.graph.node):
        return "int8"
    half = any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in model.graph.initializer)
    return "float16" if half else "float32"
