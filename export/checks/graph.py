"""An ONNX graph that may be opened at all: closed in itself, of operators that are known, and well-formed."""

from collections.abc import Iterator
from typing import Any

import onnx

from lesion.manifest import InvalidBundle

DOMAINS = ("", "ai.onnx", "com.microsoft")
"""Of operators that ONNX Runtime brings along; any other would be code from elsewhere."""
_FOREIGN = ("EPContext",)
"""Operators of those domains that stand for a file beside the graph."""
_SUBGRAPHS = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
_SPARSE = (onnx.AttributeProto.SPARSE_TENSOR, onnx.AttributeProto.SPARSE_TENSORS)


def read_graph(content: bytes) -> onnx.ModelProto:
    """Parse an ONNX file, without looking for anything outside of it. Raises `InvalidBundle` when it is none."""
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own types differ by how it was built
        raise InvalidBundle("The file is no ONNX graph, or was cut short.") from error
    if not all(_texts(model)):
        raise InvalidBundle("The file holds a name that is no text. Expected UTF-8.")
    if not model.graph.node:
        raise InvalidBundle("The file holds no graph. Expected at least one operator.")
    return model


def check_closed(model: onnx.ModelProto) -> str:
    """No data outside of the file, no subgraphs, functions or sparse tensors, no foreign operators.

    Raises `InvalidBundle`.
    """
    graph = model.graph
    if model.functions or model.training_info or graph.sparse_initializer or graph.quantization_annotation:
        raise InvalidBundle("The graph brings functions, training steps, sparse or annotated tensors. Expected none.")
    for node in graph.node:
        _check_node(node)
    for name, tensor in tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            where = next((entry.value for entry in tensor.external_data if entry.key == "location"), "nowhere")
            raise InvalidBundle(
                f"The tensor {name!r} has external data. Expected all inside the file. Received location {where!r}."
            )
    return f"{len(graph.node)} operators"


def check_well_formed(model: onnx.ModelProto) -> str:
    """What ONNX's own checker says, types and shapes included. Raises `InvalidBundle`."""
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # the checker and the inference raise their own types, and some of Python's
        raise InvalidBundle(f"ONNX's checker refuses the graph: {_first_line(error)}") from error
    return f"by onnx {onnx.__version__}"


def tensors(model: onnx.ModelProto) -> Iterator[tuple[str, onnx.TensorProto]]:
    """Every tensor that the graph brings along, with its name or its node's."""
    for tensor in model.graph.initializer:
        yield tensor.name, tensor
    for node in model.graph.node:
        for attribute in node.attribute:
            for tensor in (*([attribute.t] if attribute.HasField("t") else ()), *attribute.tensors):
                yield tensor.name or next(iter(node.output), node.name), tensor


def _texts(message: Any) -> Iterator[bool]:
    """Of every name in a message and those within it, whether it is text: protobuf gives bytes where it is not."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING:
            yield all(isinstance(each, str) for each in ([value] if isinstance(value, str | bytes) else value))
        elif field.type == field.TYPE_MESSAGE:
            for each in [value] if hasattr(value, "ListFields") else value:
                yield from _texts(each)


def _check_node(node: onnx.NodeProto) -> None:
    if node.domain not in DOMAINS or node.op_type in _FOREIGN:
        received = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
        raise InvalidBundle(
            f"The operator {received!r} is not known here. Expected one of ONNX or of the domains {DOMAINS[1:]}."
        )
    for attribute in node.attribute:
        # Fields are looked at as well as the type, which a file may state as it likes.
        if attribute.type in _SUBGRAPHS or attribute.HasField("g") or attribute.graphs:
            raise InvalidBundle(f"The operator {node.op_type!r} has a subgraph. Expected no loops or branches.")
        if attribute.type in _SPARSE or attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
            raise InvalidBundle(f"The operator {node.op_type!r} has a sparse tensor. Expected none.")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
