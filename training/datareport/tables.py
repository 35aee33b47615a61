"""Two-way tables of counts, and the words by which a catalog's records are counted."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from lesion.diagnosis import CODES, UNKNOWN_CODE
from training.catalog import Record

NOT_STATED = "not stated"
"""What stands in a table for an empty cell of the catalog."""


class CrossTable(BaseModel):
    """How many images (or lesions) have each pair of properties."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def row_totals(self) -> tuple[int, ...]:
        """Sum of each row."""
        return tuple(map(sum, self.counts))

    @property
    def column_totals(self) -> tuple[int, ...]:
        """Sum of each column."""
        return tuple(sum(row[place] for row in self.counts) for place in range(len(self.columns)))

    @property
    def total(self) -> int:
        """Sum of all."""
        return sum(self.row_totals)

    def count(self, row: str, column: str) -> int:
        """One cell; 0 for a row or column the table does not have."""
        known = row in self.rows and column in self.columns
        return self.counts[self.rows.index(row)][self.columns.index(column)] if known else 0

    def share(self, row: str, column: str) -> float:
        """A cell's share of its column; 0 where the column is empty."""
        total = sum(self.count(each, column) for each in self.rows)
        return self.count(row, column) / total if total else 0.0


def cross(pairs: Iterable[tuple[str, str]], *, rows: Sequence[str] | None = None, columns: Sequence[str]) -> CrossTable:
    """Count (row, column) pairs. Without `rows`, the rows are those seen, most frequent first, not stated last."""
    counts = Counter(pairs)
    if rows is None:
        rows = frequent(row for row, _ in counts.elements())
    return CrossTable(
        rows=tuple(rows),
        columns=tuple(columns),
        counts=tuple(tuple(counts[row, column] for column in columns) for row in rows),
    )


def frequent(words: Iterable[str]) -> list[str]:
    """The words seen, most frequent first, equals by alphabet, not stated last."""
    counts = Counter(words)
    return sorted(counts, key=lambda word: (word == NOT_STATED, -counts[word], word))


def category_codes(records: Iterable[Record]) -> tuple[str, ...]:
    """The eight categories in class order, then labels of one's own by alphabet, and UNK, where an image has them."""
    others = {record.label for record in records} - {*CODES}
    return (*CODES, *sorted(others, key=lambda label: (label == UNKNOWN_CODE, label)))


def source_of(record: Record) -> str:
    """A record's source, in a table's words."""
    return record.source or NOT_STATED


def sources(records: Iterable[Record]) -> tuple[str, ...]:
    """Sources, most images first."""
    return tuple(frequent(map(source_of, records)))


def by_category(records: Sequence[Record], rows: Sequence[str], order: Sequence[str] | None = None) -> CrossTable:
    """`rows`, one word a record, against category."""
    labels = [record.label for record in records]
    return cross(zip(rows, labels, strict=True), rows=order, columns=category_codes(records))
