"""Golden inputs are read as the manifest says, or not at all."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from lesion.golden import GOLDEN_FILE, MOST_ROWS, Golden
from lesion.manifest import InvalidBundle, Manifest
from tests.manifests import PROOF, seal

SIZE, ROWS = 8, 2
Arrays = dict[str, npt.NDArray[Any]]


def manifest(directory: Path) -> Manifest:
    """Of float32 and float16."""
    (directory / "model.onnx").touch()
    (directory / "model.float16.onnx").touch()
    first = seal(directory, name="trial", version="1", size=SIZE).variants[0]
    half = first.model_copy(update={"file": "model.float16.onnx", "precision": "float16", "proofs": (PROOF,)})
    return seal(directory, name="trial", version="1", size=SIZE, variants=(half,))


def arrays(width: int, rows: int = ROWS) -> Arrays:
    return {
        "image": np.arange(rows * SIZE * SIZE * 3, dtype=np.uint8).reshape(rows, SIZE, SIZE, 3),
        "metadata": np.ones((rows, width), np.float32),
        "logits": np.zeros((rows, 8), np.float32),
        "logits_float16": np.ones((rows, 8), np.float32),
    }


def packed(given: Arrays) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **given)  # type: ignore[arg-type] # NumPy types its flag as if it took every name
    return stream.getvalue()


def parse(content: bytes, read: Manifest) -> Golden:
    return Golden.parse(Path(GOLDEN_FILE), content, read)


def test_each_variant_has_logits_of_its_own(tmp_path: Path) -> None:
    read = manifest(tmp_path)
    given = arrays(read.metadata.width)
    golden = parse(packed(given), read)
    assert len(golden) == ROWS
    np.testing.assert_array_equal(golden.image, given["image"])
    np.testing.assert_array_equal(golden.metadata, given["metadata"])
    np.testing.assert_array_equal(golden.of(read.variants[0]), given["logits"])
    np.testing.assert_array_equal(golden.of(read.variants[1]), given["logits_float16"])


def test_an_array_in_columns_is_the_same_array(tmp_path: Path) -> None:
    read = manifest(tmp_path)
    given = arrays(read.metadata.width)
    golden = parse(packed(given | {"image": np.asfortranarray(given["image"])}), read)
    np.testing.assert_array_equal(golden.image, given["image"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"logits_float16": None}, r"Expected the arrays \['image.npy', .*'logits_float16.npy'"),
        ({"logits_int8": np.zeros((ROWS, 8), np.float32)}, r"Received \[.*'logits_int8.npy'"),
        ({"logits": np.zeros((ROWS, 7), np.float32)}, r"Received .*logits float32 \(2, 7\)"),
        ({"logits": np.zeros((ROWS, 8), np.float64)}, r"Received .*logits float64 \(2, 8\)"),
        ({"logits": np.zeros((ROWS, 8), ">f4")}, r"Received .*logits >f4 \(2, 8\)"),
        ({"logits": np.asarray(0, np.float32)}, r"Received .*logits float32 \(\)"),
        ({"metadata": np.array([{}] * ROWS, dtype=object)}, r"holds Python objects in metadata.npy"),
        ({"image": np.zeros((ROWS, SIZE, SIZE, 1), np.uint8)}, r"Received image uint8 \(2, 8, 8, 1\)"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    read = manifest(tmp_path)
    given = {name: array for name, array in (arrays(read.metadata.width) | changes).items() if array is not None}
    with pytest.raises(InvalidBundle, match=message):
        parse(packed(given), read)


@pytest.mark.parametrize("rows", [0, MOST_ROWS + 1])
def test_other_counts_are_refused(tmp_path: Path, rows: int) -> None:
    read = manifest(tmp_path)
    with pytest.raises(InvalidBundle, match="of 1 to 256 rows"):
        parse(packed(arrays(read.metadata.width, rows)), read)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY\x01\x00", b"no archive" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidBundle, match=r"golden.npz cannot be read: BadZipFile"):
        parse(content, manifest(tmp_path))
