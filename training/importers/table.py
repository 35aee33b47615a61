"""CSV files whose columns are checked, and ISIC's names of images."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from training.errors import InvalidData

ISIC_ID = re.compile(r"ISIC_[0-9]{7}(?![0-9])")
T = TypeVar("T")


def read_rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV file, each with every cell, stripped of blanks.

    Raises `InvalidData` when one of `columns` is missing or a row has other cells than the header.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise InvalidData(f"{path.name} lacks columns {missing}. Received {reader.fieldnames}.")
        rows = list(reader)
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise InvalidData(
                f"{path.name}, line {number}: other cells than the header's. Expected {len(reader.fieldnames or ())}."
            )
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


def number(text: str, what: str) -> float | None:
    """A number, None for an empty cell. Raises `InvalidData` naming `what` otherwise."""
    try:
        return float(text) if text else None
    except ValueError as error:
        raise InvalidData(f"{what} must be a number or empty. Received {text!r}.") from error
