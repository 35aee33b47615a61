"""Pictures that are there twice, under two ids: found once for a catalog and kept beside it.

    <catalog>/duplicates.csv    a, b, kind, similarity, labels

`identical file`: the same bytes. `identical picture`: other bytes, the same pixels. `near`: recolored, recompressed,
shifted, turned or mirrored (`training.resemblance`). `labels` says whether the two carry the same category or `differ`.
"""

import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from training.catalog import DUPLICATES_FILE, Catalog, Record
from training.errors import InvalidData
from training.importers.table import read_rows
from training.inspection import Inspection
from training.resemblance import find
from training.writing import write_csv

WORTH_PROCESSES = 3000
"""Images above which several processes are started sooner than one is done."""
Kind = Literal["identical file", "identical picture", "near"]


@dataclass(frozen=True)
class Pair:
    """Two image ids of one picture, a before b in the catalog; `similarity` is at most 1."""

    a: str
    b: str
    kind: Kind
    similarity: float
    labels: Literal["same", "differ"]


def pairs(records: Sequence[Record], seen: Mapping[str, Inspection]) -> list[Pair]:
    """Every pair of one picture among records whose pixels were `seen`, each named once, by the strongest kind.

    Of images that are all the same file or the same pixels, each is paired with the first. Pictures too small for fine
    detail (`Inspection.has_detail`) are only looked at for being identical.
    """
    found: dict[tuple[str, str], Pair] = {}
    for a, b in _identical(records, {record.image_id: record.sha256 for record in records}):
        found[a.image_id, b.image_id] = _pair(a, b, "identical file", 1.0)
    for a, b in _identical(records, {record.image_id: seen[record.image_id].pixels_sha256 for record in records}):
        found.setdefault((a.image_id, b.image_id), _pair(a, b, "identical picture", 1.0))
    first = {b: a for a, b in found}
    sharp = [record for record in records if seen[record.image_id].has_detail]
    processes = (os.cpu_count() or 1) if len(sharp) > WORTH_PROCESSES else 1
    for alike in find([seen[record.image_id].gray for record in sharp], processes=processes):
        a, b = sharp[alike.a], sharp[alike.b]
        known = {first.get(a.image_id, a.image_id), first.get(b.image_id, b.image_id)}
        if len(known) == 2:
            found.setdefault((a.image_id, b.image_id), _pair(a, b, "near", alike.score))
    return sorted(found.values(), key=lambda pair: (get_args(Kind).index(pair.kind), -pair.similarity, pair.a, pair.b))


def write(found: Iterable[Pair], directory: Path) -> None:
    """Write duplicates.csv beside a catalog."""
    rows = ((*astuple(pair)[:3], f"{pair.similarity:.3f}", pair.labels) for pair in found)
    write_csv(directory / DUPLICATES_FILE, [field.name for field in fields(Pair)], rows)


def read(directory: Path) -> list[tuple[str, str]]:
    """The pairs of ids beside a catalog. Raises `InvalidData` when they were never looked for."""
    path = directory / DUPLICATES_FILE
    if not path.is_file():
        raise InvalidData(
            f"Nobody has looked for duplicates in {directory}, and a split must not part them. "
            f"Look: python -m training clean {directory}"
        )
    return read_list(path)


def known(directory: Path) -> list[tuple[str, str]]:
    """The pairs of ids beside a catalog, none where nobody has looked yet."""
    return read(directory) if (directory / DUPLICATES_FILE).is_file() else []


def read_list(path: Path) -> list[tuple[str, str]]:
    """Pairs of ids in the first two columns of a CSV, such as ISIC 2020's own list. Raises `InvalidData` on fewer."""
    rows = [list(row.values()) for row in read_rows(path, ())]
    if rows and len(rows[0]) < 2:
        raise InvalidData(f"{path.name} must have two columns of image ids. Received one.")
    return [(row[0], row[1]) for row in rows]


def _identical(records: Sequence[Record], key: Mapping[str, Hashable]) -> Iterable[tuple[Record, Record]]:
    first: dict[Hashable, Record] = {}
    for record in records:
        other = first.setdefault(key[record.image_id], record)
        if other is not record:
            yield other, record


def _pair(a: Record, b: Record, kind: Kind, similarity: float) -> Pair:
    return Pair(a.image_id, b.image_id, kind, similarity, "same" if a.label == b.label else "differ")


def contradictions(records: Sequence[Record], seen: Mapping[str, Inspection]) -> dict[str, str]:
    """image id → reason, of every image whose file or pixels are also under another category."""
    reasons: dict[str, str] = {}
    for kind, key in (
        ("file", {record.image_id: record.sha256 for record in records}),
        ("picture", {record.image_id: seen[record.image_id].pixels_sha256 for record in records}),
    ):
        labels: dict[str, set[str]] = defaultdict(set)
        for record in records:
            labels[key[record.image_id]].add(record.label)
        for record in records:
            if len(labels[key[record.image_id]]) > 1:
                under = ", ".join(sorted(labels[key[record.image_id]]))
                reasons.setdefault(record.image_id, f"the identical {kind} is under several categories: {under}")
    return reasons


def across(catalogs: Sequence[Catalog], seen: Mapping[str, Inspection]) -> list[Pair]:
    """Every pair of one picture over several catalogs, in their order. An id in two catalogs is one image."""
    records = {record.image_id: record for catalog in catalogs for record in catalog.records}
    return pairs(list(records.values()), seen)
