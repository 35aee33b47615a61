"""What an ONNX file may not hold: references to other files, which no hash of the bundle covers.

ONNX Runtime follows them when a session is opened: into the model's directory when it is given a path, into the
working directory when it is given bytes. So they are looked for before it sees the file, on protobuf's wire format:
the service carries no `onnx`. Field numbers are those of onnx.proto (ONNX's intermediate representation).
"""

from collections.abc import Iterator
from pathlib import Path

from lesion.manifest import InvalidBundle

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: 8, _FIXED32: 4}
_VARINT_BYTES, _TAG_BITS, _DEPTH = 10, 32, 64

# Message → {field: message within}.
_WITHIN = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_OPERATOR = ("node", 4)
_EXTERNAL_DATA, _DATA_LOCATION = ("tensor", 13), ("tensor", 14)
_COMPILED_ELSEWHERE = memoryview(b"EPContext")
"""The operator that loads an engine which TensorRT or OpenVINO compiled from another file."""


def refuse_references(path: Path, content: bytes) -> None:
    """Raise `InvalidBundle` when an ONNX file refers to another file, or is no ONNX file."""
    try:
        for place, value in _fields(memoryview(content), "model", _DEPTH):
            if place == _EXTERNAL_DATA or (place == _DATA_LOCATION and value):
                raise InvalidBundle(
                    f"{path} keeps weights in another file. Expected every weight inside it. Received external data."
                )
            if place == _OPERATOR and value == _COMPILED_ELSEWHERE:
                raise InvalidBundle(f"{path} holds a compiled engine. Expected ONNX operators. Received EPContext.")
    except _Malformed as error:
        raise InvalidBundle(f"{path} is no ONNX file. Expected protobuf's wire format. Received {error}.") from error


class _Malformed(ValueError):
    """Not protobuf's wire format."""


def _fields(data: memoryview, message: str, depth: int) -> Iterator[tuple[tuple[str, int], int | memoryview]]:
    """Every field of a message and of the messages within it: ((message, number), value)."""
    if not depth:
        raise _Malformed(f"messages more than {_DEPTH} deep")
    at, within = 0, _WITHIN[message]
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if tag >> _TAG_BITS or not number:
            raise _Malformed(f"the tag {tag}")
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield (message, number), value
            continue
        length, at = _varint(data, at) if kind == _BYTES else (_FIXED.get(kind), at)
        if length is None:
            raise _Malformed(f"the wire type {kind}")
        if length > len(data) - at:
            raise _Malformed(f"a field of {length} bytes where {len(data) - at} are left")
        yield (message, number), data[at : at + length]
        if kind == _BYTES and number in within:
            yield from _fields(data[at : at + length], within[number], depth - 1)
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number at a place, and the place after it."""
    value = 0
    for k in range(_VARINT_BYTES):
        if at + k >= len(data):
            raise _Malformed("the end of the file within a number")
        value |= (data[at + k] & 0x7F) << (7 * k)
        if data[at + k] < 0x80:
            return value, at + k + 1
    raise _Malformed(f"a number of more than {_VARINT_BYTES} bytes")
