"""Import of any CSV table and image folder through a column map (`column_map`)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from training.catalog import Catalog, Facts, LeftOut
from training.errors import InvalidData
from training.images import image_files
from training.importers.column_map import ColumnMap
from training.importers.join import gather
from training.importers.names import Names, image_id
from training.importers.table import number, read_rows
from training.vocabulary import Unmapped


@dataclass
class Table:
    """What a table says: the name of each image's file and its facts, by image id; and words for sex not understood."""

    names: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Facts] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    unread_sexes: Counter[str] = field(default_factory=Counter)


def read_table(path: Path, columns: ColumnMap) -> Table:
    """Read a CSV file through a column map.

    Raises `InvalidData` when a column is missing, an image's name is empty, or two rows are of one image.
    """
    ours: dict[str, str] = columns.columns.stated()
    table = Table()
    for place, cells in enumerate(read_rows(path, ours.values(), delimiter=columns.delimiter), start=2):
        row = {name: cells[theirs] for name, theirs in ours.items()}
        own_id = image_id(row.get("image_id") or row["image"])
        if not row["image"] or not own_id:
            raise InvalidData(f"{path.name}, line {place}: expected the name of an image. Received none.")
        if own_id in table.names:
            raise InvalidData(
                f"{path.name}: image ids must be unique. Received {own_id} for {table.names[own_id]!r} and "
                f"{row['image']!r}. Make one row of two of one image; for two images, map a column to image_id."
            )
        table.names[own_id] = row["image"]
        _add(table, own_id, row, columns)
    return table


def import_table(table: Table, images: Path) -> Catalog:
    """Join a table with image files; files without a row and rows without a file are left out and named.

    Raises `InvalidData` when a name fits several files, two names are of one file, or a fact is outside our vocabulary.
    """
    files = image_files(images)
    names = Names(files)
    found = {own_id: file for own_id, name in table.names.items() if (file := names.find(name)) is not None}
    _check_one_row_each(table, found)
    strangers = [LeftOut(file, "no row in the table") for file in sorted(set(files) - set(found.values()))]
    usable = {own_id: file for own_id, file in found.items() if own_id in table.facts}
    return gather(table.facts, usable, images, (*table.left_out, *strangers))


def _check_one_row_each(table: Table, found: Mapping[str, str]) -> None:
    rows: dict[str, str] = {}
    for own_id, file in found.items():
        if file in rows:
            raise InvalidData(
                f"Expected one row for {file}. Received {table.names[rows[file]]!r} and {table.names[own_id]!r}."
            )
        rows[file] = own_id


def _add(table: Table, own_id: str, row: Mapping[str, str], columns: ColumnMap) -> None:
    """Add a row's facts, or that its label has no translation."""
    try:
        label = columns.label(row["label"])
    except Unmapped as reason:
        table.left_out.append(LeftOut(own_id, str(reason)))
        return
    words = {name: row.get(name, "") for name in ("age", "sex", "site", "confirmation")}
    facts = Facts(
        image_id=own_id,
        label=label,
        age=number(words["age"], f"age of {own_id}"),
        sex=columns.sex(words["sex"]),
        site=columns.site(words["site"]),
        stated_diagnosis=row["label"],
        stated_site=words["site"],
        confirmation=columns.confirmation(words["confirmation"]),
        **{name: row.get(name, "") for name in ("lesion_id", "patient_id", "source", "license", "attribution")},
    )
    table.facts[own_id] = replace(facts, **columns.constants.stated())
    if words["sex"] and facts.sex is None:
        table.unread_sexes[words["sex"]] += 1
