"""CSV files whose columns are checked, and ISIC's names of images."""

import csv
import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeVar

from training.errors import InvalidData
from training.images import ENDINGS

ISIC_ID = re.compile(r"ISIC_[0-9]{7}(?![0-9])")
NOT_STATED = frozenset({"", "na", "n/a", "nan", "null", "none", "unknown"})
"""What tables write, in any case, where a number is not known."""
Name = TypeVar("Name", bound=PurePath)


def read_rows(path: Path, columns: Iterable[str], *, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV file (or of the only one in a zip or folder), each with every cell, stripped of blanks.

    Raises `InvalidData` when one of `columns` is missing, a column is there twice, or a row has other cells than the
    header.
    """
    reader = csv.DictReader(io.StringIO(_read_text(path), newline=""), delimiter=delimiter)
    try:
        reader.fieldnames = header = [name.strip() for name in reader.fieldnames or ()]
        missing = [name for name in columns if name not in header]
        if missing:
            raise InvalidData(f"{path.name} lacks columns {missing}. Received {header}.")
        twice = [name for name, count in Counter(header).items() if count > 1]
        if twice:
            raise InvalidData(f"{path.name}: columns must be unique. Received {twice} more than once.")
        rows = list(reader)
    except csv.Error as error:
        raise InvalidData(f"{path.name} is no CSV file: {error}.") from error
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise InvalidData(f"{path.name}, line {number}: other cells than the header's. Expected {len(header)}.")
    return [{name: cell.strip() for name, cell in row.items()} for row in rows]


def by_id(path: Path, column: str, rows: Iterable[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Rows by the ISIC id in `column`. Raises `InvalidData` when an id stands there twice."""
    table: dict[str, dict[str, str]] = {}
    for row in rows:
        name = isic_id(row[column])
        if name in table:
            raise InvalidData(f"{path.name} names {name} twice.")
        table[name] = row
    return table


def isic_id(name: str) -> str:
    """The 12 characters `ISIC_` and seven digits that begin a name. Raises `InvalidData` otherwise."""
    if not ISIC_ID.match(name):
        raise InvalidData(f"Image names must begin with ISIC_ and seven digits. Received {name!r}.")
    return name[:12]


def without_ending(name: str) -> str:
    """A file's name or path without an image's ending, in `/`."""
    path = PurePosixPath(name.replace("\\", "/"))
    return str(path.with_suffix("")) if path.suffix.lower() in ENDINGS else str(path)


def number(text: str, what: str) -> float | None:
    """A number, None where none is stated. Raises `InvalidData` naming `what` otherwise."""
    if text.lower() in NOT_STATED:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidData(f"{what} must be a number or empty. Received {text!r}.")
    return value


def _read_text(path: Path) -> str:
    try:
        return _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidData(f"{path.name} must be in UTF-8. Received byte {error.object[error.start]:#x}.") from error


def _read_bytes(path: Path) -> bytes:
    """A file's content; of a folder or zip, as the challenges publish some tables, that of its only CSV file."""
    if path.is_dir():
        return _only([found for found in path.rglob("*") if found.is_file()], path).read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.read(str(_only([PurePosixPath(name) for name in archive.namelist()], path)))
    return path.read_bytes()


def _only(names: list[Name], place: Path) -> Name:
    # What macOS adds beside a file, as "._name", is none.
    tables = [name for name in names if name.suffix.lower() == ".csv" and not name.name.startswith("._")]
    if len(tables) != 1:
        told = sorted(table.name for table in tables[:5])
        raise InvalidData(f"Expected one CSV file in {place.name}: name it. Received {len(tables)}: {told}.")
    return tables[0]
