"""Inputs and outputs of a graph, beside what its manifest promises."""

from collections.abc import Sequence

import onnx

from lesion.manifest import InvalidBundle, Manifest
from lesion.variant import Variant

Port = tuple[str, str, tuple[int | str, ...]]
"""Name, type and shape; a dimension that is free is told by a star, one that may be any by a question mark."""


def check_ports(model: onnx.ModelProto, manifest: Manifest, variant: Variant) -> str:
    """Names in order, types, shapes, and a batch dimension that is free. Raises `InvalidBundle`."""
    size, width, classes = manifest.image.size, manifest.metadata.width, len(manifest.classes)
    if variant.outputs[:1] != ("logits",) or len(set(variant.outputs)) < len(variant.outputs):
        raise InvalidBundle(f"Outputs must be `logits` first, and each once. Received {variant.outputs}.")
    shapes: dict[str, tuple[int | str, ...]] = {
        "logits": ("*", classes),
        "evidence": ("*", "?", "?", classes),
        "contributions": ("*", width, classes),
    }
    _compare(
        "inputs",
        [("image", "uint8", ("*", size, size, 3)), ("metadata", "float32", ("*", width))],
        [_port(value) for value in model.graph.input],
    )
    _compare(
        "outputs",
        [(name, "float32", shapes.get(name, ("*", "..."))) for name in variant.outputs],
        [_port(value) for value in model.graph.output],
    )
    return ", ".join(variant.outputs)


def _compare(what: str, expected: Sequence[Port], received: Sequence[Port]) -> None:
    if len(expected) != len(received) or not all(map(_fits, expected, received)):
        raise InvalidBundle(f"The {what} do not fit the manifest. Expected {expected}. Received {received}.")


def _fits(expected: Port, received: Port) -> bool:
    wanted, given = expected[2], received[2]
    if wanted[-1] == "...":
        wanted, given = wanted[:-1], given[:1]
    return (
        expected[:2] == received[:2]
        and len(wanted) == len(given)
        and all(left == right or (left == "?" and right != "*") for left, right in zip(wanted, given, strict=True))
    )


def _port(value: onnx.ValueInfoProto) -> Port:
    tensor = value.type.tensor_type
    try:
        kind = str(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    except KeyError:
        kind = f"type {tensor.elem_type}"
    shape = tuple(dim.dim_value if dim.HasField("dim_value") else "*" for dim in tensor.shape.dim)
    return value.name, kind, shape
