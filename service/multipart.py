"""multipart/form-data (RFC 7578), in memory: no temporary files, known parts only, short headers.

A form of ours is one image and a few lines of JSON, already bounded by the body cap. For that, searching the whole body
for its boundary costs a fifth of what a parser does that calls back for every header of every chunk.
"""

import re
from collections.abc import AsyncIterable, Iterator, Mapping

from service.errors import FieldError, InvalidRequest, MalformedBody, UnsupportedMediaType

MEDIA_TYPE = "multipart/form-data"

_HEADER_CAP_BYTES = 8 * 1024
# Clients choose a boundary that their data does not hold; a body full of near misses is made to keep us busy.
_LOOKALIKES = 100
# bytes.find and this are several times faster than one pattern for the whole delimiter, which tries every byte.
_TAIL = re.compile(rb"--|[ \t]*\r\n")
# A token, then a quoted string (\" is a quote in it) or another token.
_PARAMETER = re.compile(rb'\s*;\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))', re.DOTALL)


async def read_parts(
    content_type: str | None, stream: AsyncIterable[bytes], caps: Mapping[str, int | None]
) -> dict[str, bytes]:
    """Read a form whose parts are named in `caps`, each at most once, and no longer than its cap in bytes (if any).

    Raises `UnsupportedMediaType`, `MalformedBody`, or `InvalidRequest` for an unknown, repeated or too long part.
    """
    boundary = _boundary(content_type)
    body = b"".join([chunk async for chunk in stream])
    parts: dict[str, bytes] = {}
    for name, start, end in _parts(body, boundary):
        cap = caps.get(name)
        if name not in caps:
            raise _refusal(name, "an unknown part", f"only the parts {', '.join(caps)}", f"a part {name[:80]!r}")
        if name in parts:
            raise _refusal(name, f"two {name} parts", f"one {name} part", "a second one")
        if cap is not None and end - start > cap:
            raise _refusal(name, f"a {name} part that is too long", f"at most {cap} bytes", f"{end - start} bytes")
        parts[name] = body[start:end]
    return parts


def _boundary(content_type: str | None) -> bytes:
    media_type, parameters = _header(content_type.encode("latin-1") if content_type else b"")
    if media_type != MEDIA_TYPE.encode():
        raise UnsupportedMediaType(f"Expected Content-Type {MEDIA_TYPE}. Received {content_type or 'none'}.")
    boundary = parameters.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:
        raise MalformedBody(
            f"The Content-Type has no usable boundary. Expected 1 to 70 characters. Received {len(boundary)}."
        )
    return boundary


def _header(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """`form-data; name="image"` → `form-data`, {name: image}. Of a repeated parameter the first counts."""
    kind, semicolon, _ = value.partition(b";")
    parameters: dict[bytes, bytes] = {}
    position = len(kind)
    while semicolon and (match := _PARAMETER.match(value, position)):
        name, quoted, token = match.groups()
        parameters.setdefault(name.lower(), token if quoted is None else quoted.replace(b'\\"', b'"'))
        position = match.end()
    return kind.strip().lower(), parameters


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of each part. Raises `MalformedBody` where the body is not what its boundary says."""
    delimiter = b"\r\n--" + boundary
    begins = _TAIL.match(body, len(delimiter) - 2) if body.startswith(delimiter[2:]) else None
    # What stands before the first delimiter is a preamble, to be ignored (RFC 2046).
    tail = begins or _next(body, delimiter, 0)
    if tail[0] == b"--":
        raise MalformedBody(f"The form is empty. Expected a part. Received {len(body)} bytes without one.")
    while tail[0] != b"--":
        headers = tail.end()
        start = body.find(b"\r\n\r\n", headers - 2, headers + _HEADER_CAP_BYTES) + 4
        if start == 3:
            raise MalformedBody(
                f"The headers of a part do not end. Expected an empty line within {_HEADER_CAP_BYTES} bytes. "
                "Received none."
            )
        tail = _next(body, delimiter, start)
        yield _name(body[headers:start]), start, tail.start() - len(delimiter)


def _next(body: bytes, delimiter: bytes, start: int) -> re.Match[bytes]:
    """What follows the next delimiter: `--` or a line break. What merely begins like one is data, a few times."""
    for _ in range(_LOOKALIKES):
        found = body.find(delimiter, start)
        if found < 0:
            raise MalformedBody(
                f"The body does not hold the boundary it announces, or ends before the closing one. "
                f"Expected it after byte {start}. Received {len(body)} bytes."
            )
        start = found + len(delimiter)
        tail = _TAIL.match(body, start)
        if tail is not None:
            return tail
    raise MalformedBody(f"The boundary also begins data. Expected one that does not. Received {_LOOKALIKES} of these.")


def _name(headers: bytes) -> str:
    for line in headers.split(b"\r\n"):
        field, _, value = line.partition(b":")
        if field.strip().lower() == b"content-disposition":
            kind, parameters = _header(value)
            if kind == b"form-data" and b"name" in parameters:
                return parameters[b"name"].decode("utf-8", "replace")
    raise MalformedBody("A part has no name. Expected the header Content-Disposition: form-data; name=… Received none.")


def _refusal(name: str, what: str, expected: str, received: str) -> InvalidRequest:
    return InvalidRequest(
        f"The form has {what}. Expected {expected}. Received {received}.",
        [FieldError(field=name[:80], expected=expected, received=received)],
    )
