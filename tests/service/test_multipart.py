import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import Field, File, FormParser

from service.errors import InvalidRequest, MalformedBody, UnsupportedMediaType
from service.multipart import read_parts

BOUNDARY = "b0undary"
CAPS = {"image": None, "metadata": 100}


def form(*parts: tuple[str, bytes], boundary: str = BOUNDARY) -> bytes:
    line = b"--" + boundary.encode()
    bodies = [
        line + b'\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + data + b"\r\n"
        for name, data in parts
    ]
    return b"".join(bodies) + line + b"--\r\n"


def read(chunks: Iterable[bytes], content_type: str | None = f"multipart/form-data; boundary={BOUNDARY}") -> object:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return asyncio.run(read_parts(content_type, stream(), CAPS))


# Bytes that look like the boundary, or its beginning, are where a parser goes wrong.
TRICKY = st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", b"\r\n--", b"\r\n--b0und", b"\r\n--b0undar", b"a", b"\x00\xff"])
).map(b"".join)


@given(image=TRICKY, cuts=st.lists(st.integers(0, 400)))
def test_any_split_into_chunks_gives_the_same_parts(image: bytes, cuts: list[int]) -> None:
    body = form(("image", image), ("metadata", b"{}"))
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    chunks = [body[start:end] for start, end in pairwise(edges)]
    assert read(chunks) == {"image": image, "metadata": b"{}"}


@given(image=TRICKY, length=st.integers(0, 200))
def test_a_body_cut_off_anywhere_is_refused(image: bytes, length: int) -> None:
    body = form(("image", image))
    with pytest.raises((MalformedBody, InvalidRequest)):
        read([body[: min(length, len(body) - 4)]])


@given(st.binary(max_size=300))
def test_noise_is_refused_in_words(noise: bytes) -> None:
    with pytest.raises((MalformedBody, InvalidRequest)):
        read([noise])


def test_a_part_is_capped() -> None:
    assert read([form(("metadata", b"x" * 100))]) == {"metadata": b"x" * 100}
    with pytest.raises(InvalidRequest, match="too long"):
        read([form(("metadata", b"x" * 101))])


@pytest.mark.parametrize(
    "headers",
    [
        b'Content-Disposition: form-data; name="image"; filename="a; name=\\"mask\\".png"',
        b"content-disposition:form-data;name=image",
        b'CONTENT-DISPOSITION: Form-Data; filename="x.png"; NAME="image"\r\nContent-Type: image/png',
        b'Content-Type: image/png\r\nContent-Disposition: form-data ; name = "image"',
    ],
)
def test_a_name_is_found_however_it_is_written(headers: bytes) -> None:
    assert read([b"--b0undary\r\n" + headers + b"\r\n\r\ndata\r\n--b0undary--"]) == {"image": b"data"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b0undary",
        b"--b0undaryX\r\n",
        b"--b0undary\r\n\r\ndata\r\n--b0undary--",
        b'--b0undary\r\nContent-Disposition: attachment; name="image"\r\n\r\ndata\r\n--b0undary--',
        b'--b0undary\r\nContent-Disposition: form-data; filename="; name=image"\r\n\r\ndata\r\n--b0undary--',
        b'--b0undary\r\nContent-Disposition: form-data; name="image"; x="'
        + b"y" * 10_000
        + b'"\r\n\r\nz\r\n--b0undary--',
        b"--b0undary\r\n" + b"A: b\r\n" * 5_000,
    ],
)
def test_a_malformed_body_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="Expected"):
        read([body])


def test_spaces_after_a_boundary_and_an_epilogue_are_allowed() -> None:
    body = form(("image", b"data")).replace(b"--b0undary\r\n", b"\r\n--b0undary \t\r\n", 1)
    assert read([body + b"epilogue"]) == {"image": b"data"}


@given(image=TRICKY, metadata=TRICKY.map(lambda data: data[: CAPS["metadata"]]))
def test_another_parser_reads_the_same(image: bytes, metadata: bytes) -> None:
    """python-multipart as the witness."""
    body = form(("image", image), ("metadata", metadata))
    witness: dict[bytes, bytes] = {}

    def keep(part: Field | File) -> None:
        if isinstance(part, Field):
            witness[part.field_name or b""] = part.value or b""

    parser = FormParser("multipart/form-data", keep, keep, boundary=BOUNDARY)
    parser.write(body)
    parser.finalize()
    assert read([body]) == {"image": witness[b"image"], "metadata": witness[b"metadata"]}


@pytest.mark.parametrize("boundary", ["", "x" * 71])
def test_a_boundary_is_bounded(boundary: str) -> None:
    with pytest.raises(MalformedBody, match="Expected 1 to 70"):
        read([b""], f'multipart/form-data; boundary="{boundary}"')


@pytest.mark.parametrize("content_type", [None, "", "application/json", "multipart/mixed; boundary=x"])
def test_another_type_is_unsupported(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaType, match="Expected Content-Type multipart/form-data"):
        read([b""], content_type)


def test_a_preamble_is_ignored() -> None:
    assert read([b"This is a form.\r\n" + form(("image", b"x"))]) == {"image": b"x"}


@pytest.mark.parametrize(
    "body",
    [
        b"--b" + b" " * 2_000_000,
        b"--b\r\nContent-Disposition: form-data; name=image\r\n\r\n" + b"\r\n--bX" * 300_000,
    ],
)
def test_what_only_looks_like_a_boundary_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read([body], "multipart/form-data; boundary=b")
