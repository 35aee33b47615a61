"""The files of a bundle as a receiver finds them: each is known to be its own and of a sane size before it is read.

A file is a regular file in the bundle's directory. A symbolic link is refused wherever it leads, even inside the models
directory: what it leads to can be changed by whoever cannot write to the bundle, between the hash and the use, and a
device or a pipe at its end never ends. The version's directory itself, and any above it, may be links: the operator
places those, and mounts of Kubernetes (`2 -> ..data/2`) and git-sync do so, with regular files at their end. A volume
mounted over the very version directory has links for files and `..data` beside them, which no bundle lists: mount the
models directory instead.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

MANIFEST_FILE = "manifest.json"
MANIFEST_BYTES = 1 << 20
LARGEST_BYTES = {".onnx": (1 << 31) - 1, ".npz": 1 << 26}
"""By suffix. Protobuf holds no larger message than 2 GiB; golden inputs are a few pictures."""
OTHER_BYTES = 1 << 24


class InvalidBundle(ValueError):
    """The directory is not a bundle that may answer: missing, tampered with, of another schema, or not reproducible."""


def check_list(directory: Path, expected: Iterable[str]) -> None:
    """Check that the directory holds exactly these files. Raises `InvalidBundle`."""
    try:
        present = {path.name for path in directory.iterdir()}
    except OSError as error:
        raise InvalidBundle(f"{directory} cannot be read: {error.strerror}.") from error
    if present != set(expected):
        raise InvalidBundle(
            f"{directory} does not hold the files its manifest lists. Expected {sorted(expected)}. "
            f"Received {sorted(present)}."
        )


def check_file(path: Path) -> None:
    """Check that it is a regular file and no larger than its kind may be. Raises `InvalidBundle`."""
    try:
        status = path.lstat()
    except OSError as error:
        raise InvalidBundle(f"{path} cannot be read: {error.strerror}.") from error
    if not S_ISREG(status.st_mode):
        kinds = ((S_ISLNK, "a symbolic link"), (S_ISDIR, "a directory"))
        received = next((name for is_kind, name in kinds if is_kind(status.st_mode)), "a device, a pipe or a socket")
        raise InvalidBundle(f"{path} is no regular file. A bundle holds only such. Received {received}.")
    if status.st_size > (largest := _largest(path.name)):
        raise InvalidBundle(f"{path} is too large. Expected at most {largest} bytes. Received {status.st_size}.")


def read(path: Path) -> bytes:
    """The content of a file that passes `check_file`. Raises `InvalidBundle`."""
    check_file(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidBundle(f"{path} cannot be read: {error.strerror}.") from error


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file. Raises `InvalidBundle` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidBundle(f"{path} cannot be read: {error.strerror}.") from error


def check_hash(path: Path, expected: str) -> None:
    """Check a file, then its sha256. Raises `InvalidBundle`."""
    check_file(path)
    if (received := sha256(path)) != expected:
        raise InvalidBundle(f"{path} was changed. Expected sha256 {expected}. Received {received}.")


def _largest(name: str) -> int:
    return MANIFEST_BYTES if name == MANIFEST_FILE else LARGEST_BYTES.get(Path(name).suffix, OTHER_BYTES)
