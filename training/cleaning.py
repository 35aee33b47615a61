"""A catalog cleaned by stated rules: what cannot be trusted is dropped, what must not be parted is listed.

1. An image that does not decode, or is not the file that was imported, is dropped.
2. The same file or the same pixels under two categories: both are dropped, since nobody can tell which is right.
3. A lesion under several categories: all its images are dropped, for the same reason.
4. One picture twice with one category, and near copies: kept, and listed in duplicates.csv, so that a split keeps them
   in one part. Near copies whose categories differ are kept too, since they may be two lesions, and listed likewise.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training import duplicates
from training.catalog import Catalog, LeftOut, Record
from training.duplicates import Pair
from training.inspection import inspect


@dataclass(frozen=True)
class Cleaned:
    """The catalog without what rules 1 to 3 drop; every pair of one picture, those of dropped images too; and how many
    pictures were too small to be looked at for near copies.
    """

    catalog: Catalog
    pairs: list[Pair]
    too_small: int


def clean(catalog: Catalog) -> Cleaned:
    """Look at every image and apply the rules."""
    seen, broken = inspect(catalog)
    catalog = catalog.without(broken)
    found = duplicates.pairs(catalog.records, seen)
    contradictory = _contradictory_lesions(catalog.records) | duplicates.contradictions(catalog.records, seen)
    catalog = catalog.without([LeftOut(name, reason) for name, reason in sorted(contradictory.items())])
    return Cleaned(catalog, found, sum(not look.has_detail for look in seen.values()))


def write(cleaned: Cleaned, directory: Path) -> None:
    """Write a cleaned catalog and its duplicates over the catalog it was made from."""
    cleaned.catalog.write(directory)
    duplicates.write(cleaned.pairs, directory)


def _contradictory_lesions(records: Sequence[Record]) -> dict[str, str]:
    lesions: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.lesion_id:
            lesions[record.lesion_id].append(record)
    return {
        record.image_id: f"its lesion {lesion} is under several categories"
        for lesion, members in lesions.items()
        if len({record.label for record in members}) > 1
        for record in members
    }
