"""A folder or a zip of image files, read alike."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from training.errors import InvalidData

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")


@contextmanager
def open_images(images: Path) -> Iterator[Callable[[str], bytes]]:
    """A function from file name to bytes over a folder or a zip. Safe to call from several threads.

    Raises `InvalidData` when `images` is neither.
    """
    if images.is_dir():
        yield lambda name: (images / name).read_bytes()
    elif zipfile.is_zipfile(images):
        with zipfile.ZipFile(images) as archive:
            yield lambda name: _read_member(archive, name)
    else:
        raise InvalidData(f"Images must be a folder or a zip file. Received {images}.")


def image_files(images: Path) -> list[str]:
    """Names of the image files in a folder (at any depth) or zip, sorted."""
    if images.is_dir():
        names: Iterable[str] = (path.relative_to(images).as_posix() for path in images.rglob("*") if path.is_file())
    elif zipfile.is_zipfile(images):
        with zipfile.ZipFile(images) as archive:
            names = archive.namelist()
    else:
        raise InvalidData(f"Images must be a folder or a zip file. Received {images}.")
    return sorted(name for name in names if name.lower().endswith(ENDINGS) and not _from_finder(name))


def _from_finder(name: str) -> bool:
    """Whether a name is one of those that a Mac adds beside the real files of a zip or an exchanged disk."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith("._")


def file_hashes(images: Path, names: Sequence[str]) -> list[str]:
    """sha256 of each file, in order, on all cores."""
    with open_images(images) as read, ThreadPoolExecutor() as threads:
        return list(threads.map(lambda name: hashlib.sha256(read(name)).hexdigest(), names))


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    # The last two are zipfile's words for a member that is encrypted, or compressed in a way it does not know.
    except (KeyError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise InvalidData(f"{archive.filename} does not hold {name} whole: {error}.") from error
