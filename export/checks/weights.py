"""The numbers that a graph brings along: as many as their shapes say, no more than fit, each finite."""

import math

import numpy as np
import onnx

from export.checks.graph import tensors
from lesion.manifest import InvalidBundle

MOST_ELEMENTS = 1 << 29
"""Of one tensor: what fits a file of 2 GiB in float32."""


def check_weights(model: onnx.ModelProto) -> str:
    """Every tensor is of a sane size, whole and finite; attributes are finite. Raises `InvalidBundle`."""
    count = 0
    for name, tensor in tensors(model):
        count += _check(name, tensor)
    for node in model.graph.node:
        for attribute in node.attribute:
            if not (math.isfinite(attribute.f) and all(map(math.isfinite, attribute.floats))):
                raise InvalidBundle(
                    f"The operator {node.op_type!r} has a setting {attribute.name!r} that is not finite."
                )
    return f"{count} numbers"


def _check(name: str, tensor: onnx.TensorProto) -> int:
    dims = list(tensor.dims)
    if any(dim < 0 for dim in dims) or math.prod(dims) > MOST_ELEMENTS:
        raise InvalidBundle(
            f"The tensor {name!r} is too large. Expected at most {MOST_ELEMENTS} numbers. Received {dims}."
        )
    if tensor.data_type in (onnx.TensorProto.UNDEFINED, onnx.TensorProto.STRING):
        raise InvalidBundle(f"The tensor {name!r} holds no numbers. Expected numbers.")
    try:
        values = onnx.numpy_helper.to_array(tensor)
    except Exception as error:  # by what is wrong: ValueError, TypeError, KeyError
        raise InvalidBundle(f"The tensor {name!r} is damaged: it does not hold the {dims} numbers it says.") from error
    if values.dtype.kind in "iub":
        return values.size
    # Also for bfloat16 and the like, which NumPy knows by way of another package.
    if not np.isfinite(values.astype(np.float64 if values.dtype == np.float64 else np.float32)).all():
        raise InvalidBundle(f"The tensor {name!r} holds NaN or infinity. Expected finite numbers.")
    return values.size
