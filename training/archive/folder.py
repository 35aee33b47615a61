"""The folder that a fetch fills: one fetch at a time, one search a folder, nothing half written under its name.

<out>/images/ISIC_*.jpg      the files                    <out>/catalog.csv, left-out.csv, images.json   the catalog
<out>/metadata.jsonl         the archive's own records    <out>/attribution.csv   whom to credit, under which license
<out>/failed.csv             what did not come, and why   <out>/fetch.json        the search: the folder's identity
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from training.archive.api import ArchiveImage
from training.catalog import CATALOG_FILE, Catalog, LeftOut, Record
from training.errors import InvalidData

IDENTITY_FILE = "fetch.json"
METADATA_FILE = "metadata.jsonl"
FAILED_FILE = "failed.csv"
ATTRIBUTION_FILE = "attribution.csv"
ENDINGS = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "BMP": ".bmp"}
"""Pillow's format to the ending of a file's name."""


class Folder:
    """A folder that is ours alone while it is open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.images = path / "images"
        self.partial = path / ".partial"

    def kept(self, image: ArchiveImage) -> Path | None:
        """The file of an earlier fetch, which was checked before it got its name, when it has the size told now."""
        for ending in dict.fromkeys(ENDINGS.values()):
            path = self.images / f"{image.isic_id}{ending}"
            if path.is_file() and path.stat().st_size == image.files.full.size:
                return path
        return None

    def place(self, partial: Path, isic_id: str, form: str) -> Path:
        """Give a whole, checked file its name, in place of any other file of the image."""
        path = self.images / f"{isic_id}{ENDINGS[form]}"
        partial.replace(path)
        for ending in set(ENDINGS.values()) - {path.suffix}:
            path.with_suffix(ending).unlink(missing_ok=True)
        return path

    def count_files(self) -> int:
        """How many files lie in images/."""
        return sum(1 for _ in self.images.iterdir())

    @contextmanager
    def metadata(self) -> Iterator[Callable[[dict[str, Any]], object]]:
        """A function that writes one record of the archive; the file gets its name when all are written."""
        aside = self.partial / METADATA_FILE
        with aside.open("w", encoding="utf-8") as file:
            yield lambda record: file.write(json.dumps(_unsigned(record), ensure_ascii=False) + "\n")
        aside.replace(self.path / METADATA_FILE)

    def write_catalog(self, records: Sequence[Record], left_out: Sequence[LeftOut]) -> None:
        """Write the catalog of the images, in the order of their ids."""
        ordered = sorted(records, key=lambda record: record.image_id)
        Catalog(ordered, self.images, sorted(left_out, key=lambda item: item.image_id)).write(self.path)

    def write_attribution(self, counts: Iterable[tuple[str, str, int]]) -> None:
        """Write license, attribution and the number of images under both."""
        self._write_table(ATTRIBUTION_FILE, ("license", "attribution", "images"), counts)

    def write_failed(self, failed: dict[str, str]) -> None:
        """Write what did not come and why; no file when all came."""
        if failed:
            self._write_table(FAILED_FILE, ("image_id", "reason"), sorted(failed.items()))
        else:
            (self.path / FAILED_FILE).unlink(missing_ok=True)

    def _write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        aside = self.partial / name
        with aside.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(header)
            table.writerows(rows)
        aside.replace(self.path / name)


@contextmanager
def open_folder(out: Path, identity: dict[str, Any]) -> Iterator[Folder]:
    """The folder of a search, locked. What killed fetches left half done is removed.

    Raises `InvalidData` when another fetch works in it, or it holds the images of something else.
    """
    out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(out / ".lock", timeout=0):
            folder = Folder(out)
            _identify(folder, identity)
            folder.images.mkdir(exist_ok=True)
            _remove(folder.partial)
            folder.partial.mkdir()
            try:
                yield folder
            finally:
                _remove(folder.partial)
    except Timeout as error:
        raise InvalidData(f"Another fetch is at work in {out}. Wait for it, or choose another --out.") from error


def _identify(folder: Folder, identity: dict[str, Any]) -> None:
    path = folder.path / IDENTITY_FILE
    found = _read_identity(path) if path.exists() else None
    if found == identity:
        return
    # A search that brought nothing, such as one with a typing error, leaves the folder free for another.
    if (folder.images.exists() and folder.count_files()) or (folder.path / CATALOG_FILE).exists():
        raise InvalidData(
            f"{folder.path} holds the images of something else: choose another --out. "
            f"Expected {found or 'images that no fetch brought'}. Received {identity}."
        )
    aside = path.with_suffix(".aside")
    aside.write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def _remove(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)


def _read_identity(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidData(f"{path} is damaged: {error}. Choose another --out.") from error


def _unsigned(told: Any) -> Any:
    """A record without its signed addresses, which are secrets while they hold and of no use after."""
    if isinstance(told, dict):
        return {name: _unsigned(value) for name, value in told.items() if name != "url"}
    return [_unsigned(value) for value in told] if isinstance(told, list) else told
