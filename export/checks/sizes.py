"""How much memory a graph asks for, told before it runs: the size of every tensor for one picture."""

import math
from collections.abc import Iterable

import onnx

from lesion.manifest import InvalidBundle

MOST_ELEMENTS = 1 << 26
"""Of one tensor, for one picture: 256 MiB in float32. EfficientNet-B0 at 224 px has 1.2 million at most."""
_GROWING = {
    "CenterCropPad",
    "ConstantOfShape",
    "Expand",
    "MaxUnpool",
    "NonZero",
    "OneHot",
    "Pad",
    "RandomNormal",
    "RandomUniform",
    "Range",
    "Resize",
    "Tile",
    "Upsample",
}
"""Operators whose output may be of any size, whatever their inputs are."""


def check_sizes(model: onnx.ModelProto) -> str:
    """Every tensor's size is known and bounded where the batch is one.

    Constant folding would make a giant as soon as the file is opened. Raises `InvalidBundle`.
    """
    graph = model.graph
    for value in (*graph.input, *graph.output, *graph.value_info):
        _check(value.name, _dims(value))
    inferred = _inferred(model)
    sizes = {value.name: _dims(value) for value in (*inferred.input, *inferred.output, *inferred.value_info)}
    foreign = any(node.domain == "com.microsoft" for node in graph.node)
    for node in inferred.node:
        for name in filter(None, node.output):
            dims = sizes.get(name, (None,))
            # ONNX cannot tell the sizes after an operator of another domain.
            if None in dims and (node.op_type in _GROWING or not foreign):
                raise InvalidBundle(
                    f"The size of {name!r}, by the operator {node.op_type!r}, is known only when it runs. Expected one "
                    f"that the size of the picture tells."
                )
            _check(name, dims)
    return f"at most {max(math.prod(dim or 1 for dim in dims) for dims in sizes.values())} numbers a tensor"


def _inferred(model: onnx.ModelProto) -> onnx.GraphProto:
    alone = onnx.ModelProto()
    alone.CopyFrom(model)
    # What is declared within the graph may be wrong; it is told anew from the inputs.
    del alone.graph.value_info[:]
    for value in (*alone.graph.input, *alone.graph.output):
        for dim in value.type.tensor_type.shape.dim[:1]:
            dim.dim_value = 1
    try:
        return onnx.shape_inference.infer_shapes(alone, check_type=True, strict_mode=True, data_prop=True).graph
    except Exception as error:  # its own type, and some of Python's
        raise InvalidBundle(f"The sizes of the graph do not fit each other: {str(error).strip()[:300]}") from error


def _check(name: str, dims: Iterable[int | None]) -> None:
    known = [dim for dim in dims if dim is not None]
    if any(dim < 0 for dim in known) or math.prod(known) > MOST_ELEMENTS:
        raise InvalidBundle(
            f"The tensor {name!r} is too large. Expected at most {MOST_ELEMENTS} numbers a picture. Received {known}."
        )


def _dims(value: onnx.ValueInfoProto) -> tuple[int | None, ...]:
    """None: a dimension that is not known."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return (None,)
    return tuple(dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim)
