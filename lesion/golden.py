"""golden.npz: prepared inputs and the logits that each variant of the model must give for them.

The archive comes from outside: it may hold pickles, or a gigabyte of zeros in a few bytes. Names, sizes, types and
shapes are therefore read from its directory and its headers, and nothing is unpacked before they fit the manifest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from zipfile import ZipFile, ZipInfo

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from lesion.bundle_files import InvalidBundle
from lesion.image import Pixels
from lesion.manifest import Manifest
from lesion.patient import Metadata
from lesion.variant import Variant, golden_logits

GOLDEN_FILE = "golden.npz"
MOST_ROWS = 256
_MOST_BYTES = 1 << 28
"""Of one array, unpacked."""
_HEADER_BYTES = 1 << 14
"""More than numpy's own limit for a header."""

Kind = tuple[np.dtype[Any], tuple[int, ...]]
"""Type and shape of an array."""


@dataclass(frozen=True)
class Golden:
    """image uint8 (G, S, S, 3), metadata float32 (G, K), and by array name logits float32 (G, C); 1 ≤ G ≤ 256."""

    image: Pixels
    metadata: Metadata
    logits: Mapping[str, npt.NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.image)

    def of(self, variant: Variant) -> npt.NDArray[np.float32]:
        """The logits (G, C) that a variant must reproduce."""
        return self.logits[golden_logits(variant)]

    @classmethod
    def parse(cls, path: Path, content: bytes, manifest: Manifest) -> Self:
        """The arrays in the content of golden.npz. Raises `InvalidBundle` when they are not as the manifest says."""
        try:
            with ZipFile(BytesIO(content)) as archive:
                arrays = _read(archive, path, manifest)
        except InvalidBundle:
            raise
        except Exception as error:  # numpy, zipfile and zlib raise many types on a damaged archive
            raise InvalidBundle(f"{path} cannot be read: {type(error).__name__}.") from error
        return cls(arrays.pop("image"), arrays.pop("metadata"), arrays)


def _read(archive: ZipFile, path: Path, manifest: Manifest) -> dict[str, npt.NDArray[Any]]:
    members = archive.infolist()
    names = sorted(f"{name}.npy" for name in _expected(manifest, 0))
    if sorted(member.filename for member in members) != names:
        received = [member.filename for member in members[:20]]
        raise InvalidBundle(f"{path} does not fit its manifest. Expected the arrays {names}. Received {received}.")
    kinds = {member.filename.removesuffix(".npy"): _kind(archive, member, path) for member in members}
    rows = next(iter(kinds["logits"][1]), 0)
    expected = _expected(manifest, rows)
    if kinds != expected or not 1 <= rows <= MOST_ROWS:
        raise InvalidBundle(
            f"{path} does not fit its manifest. Expected {_described(expected)}, of 1 to {MOST_ROWS} rows. "
            f"Received {_described(kinds)}."
        )
    arrays = {}
    for name in kinds:
        with archive.open(f"{name}.npy") as stream:
            arrays[name] = npy.read_array(stream, allow_pickle=False)
    return arrays


def _expected(manifest: Manifest, rows: int) -> dict[str, Kind]:
    size, width, classes = manifest.image.size, manifest.metadata.width, len(manifest.classes)
    logits = {golden_logits(variant): (np.dtype(np.float32), (rows, classes)) for variant in manifest.variants}
    return {
        "image": (np.dtype(np.uint8), (rows, size, size, 3)),
        "metadata": (np.dtype(np.float32), (rows, width)),
        # Keras's, which every variant is compared with.
        "logits": (np.dtype(np.float32), (rows, classes)),
        **logits,
    }


def _kind(archive: ZipFile, member: ZipInfo, path: Path) -> Kind:
    """Type and shape by the header of an array, which its unpacked size must fit."""
    if member.file_size > _MOST_BYTES:
        raise InvalidBundle(
            f"{path} unpacks to too much: {member.filename}. Expected at most {_MOST_BYTES} bytes. "
            f"Received {member.file_size}."
        )
    with archive.open(member) as stream:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(stream, max_header_size=_HEADER_BYTES)
        header_bytes = stream.tell()
    if dtype.hasobject:
        raise InvalidBundle(f"{path} holds Python objects in {member.filename}. Expected numbers.")
    # In Python's integers, which do not overflow.
    needed = header_bytes + dtype.itemsize * int(np.prod(shape, dtype=object))
    if member.file_size != needed:
        raise InvalidBundle(
            f"{path} is damaged: {member.filename} says that it holds {needed} bytes. Received {member.file_size}."
        )
    return dtype, shape


def _described(kinds: Mapping[str, Kind]) -> str:
    return ", ".join(f"{name} {dtype} {shape}" for name, (dtype, shape) in kinds.items())
