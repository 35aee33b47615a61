"""Ground truth of a challenge: a column a category, just one of them 1."""

from collections.abc import Sequence
from pathlib import Path

from training.errors import InvalidData
from training.importers.table import by_id, number, read_rows


def read_truth(path: Path, categories: Sequence[str], optional: Sequence[str] = ()) -> dict[str, str]:
    """ISIC id → the category whose cell is 1. Columns beside the categories, such as weights of a score, do not count.

    Raises `InvalidData` unless each row has just one 1 and zeros (or empty cells) besides.
    """
    rows = by_id(path, "image", read_rows(path, ("image", *categories)))
    return {name: _category(row, path, name, (*categories, *optional)) for name, row in rows.items()}


def _category(row: dict[str, str], path: Path, image_id: str, categories: Sequence[str]) -> str:
    cells = {code: number(row[code], f"{path.name}: {code} of {image_id}") or 0.0 for code in categories if code in row}
    stated = {code: cell for code, cell in cells.items() if cell != 0}
    if list(stated.values()) != [1]:
        raise InvalidData(f"{path.name}: expected one category for {image_id}, as 1. Received {stated}.")
    return next(iter(stated))
