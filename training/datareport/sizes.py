"""Width and height of every image, read from the headers alone."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from PIL import Image
from pydantic import BaseModel, ConfigDict

from lesion.image import FORMATS
from training.catalog import Catalog, Record
from training.datareport.tables import NOT_STATED, CrossTable, cross, source_of, sources
from training.errors import InvalidData

UNREADABLE = "unreadable"
_ORIENTATION = 0x0112
_TURNED_FROM = 5  # orientations 5 to 8 lie on their side


class Size(NamedTuple):
    """Pixels, as seen upright."""

    width: int
    height: int

    @property
    def words(self) -> str:
        """`600×450`."""
        return f"{self.width}×{self.height}"

    @property
    def aspect(self) -> str:
        """Width over height, two decimals."""
        return f"{self.width / self.height:.2f}"


class Sizes(BaseModel):
    """Images by width×height and by aspect ratio, each against source and category; most frequent first."""

    model_config = ConfigDict(frozen=True)

    by_source: CrossTable
    by_category: CrossTable
    aspect_by_source: CrossTable
    unreadable: tuple[str, ...]


def read_sizes(catalog: Catalog) -> list[Size | None]:
    """The size of each record's file, in order; None where the header is not that of an image we read.

    Raises `InvalidData` or `FileNotFoundError` when a file is not there.
    """
    with _open_files(catalog.images) as open_file, ThreadPoolExecutor() as threads:

        def size(record: Record) -> Size | None:
            with open_file(record.file) as file:
                return _size(file)

        return list(threads.map(size, catalog.records))


def describe_sizes(records: Sequence[Record], sizes: Sequence[Size | None], columns: Sequence[str]) -> Sizes:
    """Count sizes. `columns` are the categories."""
    words = [UNREADABLE if size is None else size.words for size in sizes]
    aspects = [NOT_STATED if size is None else size.aspect for size in sizes]
    origins = [source_of(record) for record in records]
    return Sizes(
        by_source=cross(zip(words, origins, strict=True), columns=sources(records)),
        by_category=cross(zip(words, (record.label for record in records), strict=True), columns=columns),
        aspect_by_source=cross(zip(aspects, origins, strict=True), columns=sources(records)),
        unreadable=tuple(record.image_id for record, size in zip(records, sizes, strict=True) if size is None),
    )


@contextmanager
def _open_files(images: Path) -> Iterator[Callable[[str], IO[bytes]]]:
    """A function from file name to open file: a header is the first few hundred bytes of megabytes."""
    if images.is_dir():
        yield lambda name: (images / name).open("rb")
    elif zipfile.is_zipfile(images):
        with zipfile.ZipFile(images) as archive:
            yield lambda name: _open_member(archive, name)
    else:
        raise InvalidData(f"Images must be a folder or a zip file. Received {images}.")


def _open_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(name)
    except (KeyError, zipfile.BadZipFile) as error:
        raise InvalidData(f"{archive.filename} does not hold {name} whole: {error}.") from error


def _size(file: IO[bytes]) -> Size | None:
    try:
        with Image.open(file, formats=FORMATS) as image:
            # Other formats may keep their tags behind the pixels, and reading those would be a full decode.
            turned = image.format in {"JPEG", "MPO"} and image.getexif().get(_ORIENTATION, 1) >= _TURNED_FROM
            return Size(*(reversed(image.size) if turned else image.size))
    except (OSError, ValueError, SyntaxError):  # what Pillow raises on a header that is none: listed as unreadable
        return None
