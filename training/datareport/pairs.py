"""Pictures that the catalog holds twice: what duplicates.csv says, or else the files that are the same bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from training.catalog import DUPLICATES_FILE, Catalog, Record
from training.duplicates import Kind
from training.errors import InvalidData
from training.importers.table import number, read_rows

KINDS: tuple[str, ...] = get_args(Kind)
Labels = Literal["same", "differ"]
LABELS: tuple[str, ...] = get_args(Labels)


class Pair(BaseModel):
    """Two image ids of one picture, how alike (correlation, where it was measured), and whether their labels agree."""

    model_config = ConfigDict(frozen=True)

    a: str
    b: str
    kind: Kind
    similarity: float | None
    labels: Labels


def read_pairs(directory: Path, catalog: Catalog) -> tuple[Pair, ...] | None:
    """The pairs of <catalog>/duplicates.csv; None when there is no such file.

    Raises `InvalidData` on another kind or word, or an image that the catalog neither holds nor left out.
    """
    path = directory / DUPLICATES_FILE
    if not path.is_file():
        return None
    known = {record.image_id for record in catalog.records} | {item.image_id for item in catalog.left_out}
    rows = read_rows(path, ("a", "b", "kind", "similarity", "labels"))
    return tuple(_pair(row, path, known) for row in rows)


def identical_pairs(records: Sequence[Record]) -> tuple[Pair, ...]:
    """The files that are there twice, by their hashes; each with the first of its kind."""
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record.sha256, record)
    return tuple(_identical(first[record.sha256], record) for record in records if first[record.sha256] is not record)


def links(pairs: Sequence[Pair], records: Sequence[Record]) -> list[tuple[str, str]]:
    """The pairs of which the catalog holds both images, for grouping; identical files always among them."""
    held = {record.image_id for record in records}
    told = [(pair.a, pair.b) for pair in pairs if pair.a in held and pair.b in held]
    return [*told, *((pair.a, pair.b) for pair in identical_pairs(records))]


def _pair(row: dict[str, str], path: Path, known: set[str]) -> Pair:
    for column, words in (("kind", KINDS), ("labels", LABELS)):
        if row[column] not in words:
            raise InvalidData(f"{path.name}: {column} must be one of {words}. Received {row[column]!r}.")
    strangers = [row[side] for side in ("a", "b") if row[side] not in known]
    if strangers:
        raise InvalidData(f"{path.name} is of another catalog: it names {strangers[0]}, which this one does not.")
    similarity = number(row["similarity"], f"{path.name}: similarity of {row['a']} and {row['b']}")
    return Pair.model_validate({**row, "similarity": similarity})


def _identical(a: Record, b: Record) -> Pair:
    labels: Labels = "same" if a.label == b.label else "differ"
    return Pair(a=a.image_id, b=b.image_id, kind="identical file", similarity=1.0, labels=labels)
