"""multipart/form-data (RFC 7578), in memory: no temporary files, known parts only, short headers.

A form of ours is one image and a few lines of JSON, already bounded by the body cap. For that, searching the whole body
for its boundary costs a fifth of what a parser does that calls back for every header of every chunk.
"""

import re
from collections.abc import AsyncIterable, Iterator, Mapping
from dataclasses import dataclass

from service.errors import FieldError, InvalidRequest, MalformedBody, UnsupportedMediaType

MEDIA_TYPE = "multipart/form-data"

_HEADER_CAP_BYTES = 8 * 1024
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
    for name, start, end in _Form(body, b"--" + boundary).parts():
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


@dataclass(frozen=True)
class _Form:
    """A whole body, and the delimiter between its parts without the line break before it."""

    body: bytes
    delimiter: bytes

    def parts(self) -> Iterator[tuple[str, int, int]]:
        """Name, start and end of each part. Raises `MalformedBody` where the body is not what its boundary says."""
        first = 2 if self.body.startswith(b"\r\n") else 0
        if not self.body.startswith(self.delimiter, first):
            raise _no_beginning(self.body)
        headers = self._after(first + len(self.delimiter))
        if headers is None:
            raise _no_beginning(self.body)
        while headers:
            start = self.body.find(b"\r\n\r\n", headers - 2, headers + _HEADER_CAP_BYTES) + 4
            if start == 3:
                raise MalformedBody(
                    f"The headers of a part do not end. Expected an empty line within {_HEADER_CAP_BYTES} bytes. "
                    "Received none."
                )
            end, following = self._next(start)
            yield _name(self.body[headers:start]), start, end
            headers = following

    def _next(self, start: int) -> tuple[int, int]:
        """End of the part that starts here, and the start of the next part's headers, 0 after the last part."""
        end = start - 1
        while (end := self.body.find(b"\r\n" + self.delimiter, end + 1)) >= 0:
            following = self._after(end + 2 + len(self.delimiter))
            if following is not None:
                return end, following
        raise MalformedBody("The body ends too early. Expected the closing boundary. Received the end of the body.")

    def _after(self, position: int) -> int | None:
        """What a delimiter that ends here begins: headers (their start), the end (0), or nothing: it is data (None)."""
        if self.body.startswith(b"--", position):
            return 0
        while self.body[position : position + 1] in {b" ", b"\t"}:
            position += 1
        return position + 2 if self.body.startswith(b"\r\n", position) else None


def _name(headers: bytes) -> str:
    for line in headers.split(b"\r\n"):
        field, _, value = line.partition(b":")
        if field.strip().lower() == b"content-disposition":
            kind, parameters = _header(value)
            if kind == b"form-data" and b"name" in parameters:
                return parameters[b"name"].decode("utf-8", "replace")
    raise MalformedBody("A part has no name. Expected the header Content-Disposition: form-data; name=… Received none.")


def _no_beginning(body: bytes) -> MalformedBody:
    return MalformedBody(
        f"The body does not begin with its boundary. Expected a part. Received {len(body)} bytes of something else."
    )


def _refusal(name: str, what: str, expected: str, received: str) -> InvalidRequest:
    return InvalidRequest(
        f"The form has {what}. Expected {expected}. Received {received}.",
        [FieldError(field=name[:80], expected=expected, received=received)],
    )
