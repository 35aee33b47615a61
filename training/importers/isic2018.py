"""Import of ISIC 2018's task 3 (HAM10000): seven columns of ground truth, and the tables that go with them.

    ISIC2018_Task3_*_GroundTruth.csv              image, MEL, NV, BCC, AKIEC, BKL, DF, VASC
    ISIC2018_Task3_Training_LesionGroupings.csv   image, lesion_id, diagnosis_confirm_type
    HAM10000_metadata                             lesion_id, image_id, dx, dx_type, age, sex, localization
    ISIC_2019_Training_GroundTruth.csv            tells actinic keratosis from squamous cell carcinoma within AKIEC

The ground truth may also be a table of the third kind. Tables that contradict each other are refused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.catalog import Catalog, Facts, LeftOut
from training.errors import InvalidData
from training.importers import ham10000
from training.importers.isic2019 import ATTRIBUTIONS, HAM10000_IDS, read_labels
from training.importers.join import join
from training.importers.table import by_id, isic_id, number, read_rows
from training.importers.truth import read_truth
from training.vocabulary import Unmapped, find_site, translate

METADATA_COLUMNS = ("image_id", "lesion_id", "dx", "dx_type", "age", "sex", "localization")
GROUPINGS_COLUMNS = ("image", "lesion_id", "diagnosis_confirm_type")
Rows = Mapping[str, Mapping[str, str]]
"""ISIC id → the cells of its row."""


@dataclass(frozen=True)
class Tables:
    """What the files say, by ISIC id: HAM10000's `dx`, and the rows and categories of the files that are optional."""

    dx: Mapping[str, str]
    groupings: Rows = field(default_factory=dict)
    metadata: Rows = field(default_factory=dict)
    isic2019: Mapping[str, str] = field(default_factory=dict)


def read_tables(
    ground_truth: Path, *, groupings: Path | None = None, metadata: Path | None = None, isic2019: Path | None = None
) -> Tables:
    """Read the CSV files. Raises `InvalidData` when one is malformed, lacks an image, or contradicts another."""
    dx, rows = _read_ground_truth(ground_truth)
    tables = Tables(
        dx,
        _covering(dx, groupings, GROUPINGS_COLUMNS) if groupings else {},
        _covering(dx, metadata, METADATA_COLUMNS) if metadata else rows,
        read_labels(isic2019) if isic2019 else {},
    )
    _check(tables)
    return tables


def import_isic2018(tables: Tables, images: Path, *, license: str) -> Catalog:  # noqa: A002
    """Join the tables with image files by ISIC id; images of AKIEC that no table tells apart are left out.

    Raises `InvalidData` when a file has no row or a fact is outside our vocabulary.
    """
    facts: dict[str, Facts] = {}
    left_out: list[LeftOut] = []
    for image_id in tables.dx:
        try:
            facts[image_id] = _facts(image_id, tables, license)
        except Unmapped as reason:
            left_out.append(LeftOut(image_id, str(reason)))
    return join(facts, images, left_out=left_out, image_id=isic_id)


def _read_ground_truth(path: Path) -> tuple[dict[str, str], Rows]:
    """image id → dx, and the rows of a table that also says the rest."""
    rows = read_rows(path, ())
    if rows and "dx" in rows[0]:
        table = by_id(path, "image_id", read_rows(path, METADATA_COLUMNS))
        return {name: row["dx"] for name, row in table.items()}, table
    labels = read_truth(path, [dx.upper() for dx in ham10000.DIAGNOSES])
    return {name: label.lower() for name, label in labels.items()}, {}


def _covering(names: Iterable[str], path: Path, columns: Sequence[str]) -> Rows:
    """Rows by the ISIC id in the first column of a table that must name every image."""
    rows = by_id(path, columns[0], read_rows(path, columns))
    missing = [name for name in names if name not in rows]
    if missing:
        raise InvalidData(f"{path.name} lacks {len(missing)} images of the ground truth, such as {missing[:3]}.")
    return rows


def _check(tables: Tables) -> None:
    """Raise `InvalidData` where two tables contradict each other."""
    _agree(tables, "dx of the metadata", lambda name: _dx(tables, name) == tables.dx[name])
    _agree(tables, "ISIC 2019's category", lambda name: _fits(tables.dx[name], tables.isic2019.get(name)))
    _agree(tables, "lesion_id of groupings and metadata", lambda name: _one_lesion(tables, name))


def _agree(tables: Tables, what: str, agrees: Callable[[str], bool]) -> None:
    odd = [name for name in tables.dx if not agrees(name)]
    if odd:
        raise InvalidData(f"{what} contradicts the other tables for {len(odd)} images, such as {odd[:5]}.")


def _dx(tables: Tables, name: str) -> str:
    return tables.metadata[name]["dx"] if tables.metadata else tables.dx[name]


def _one_lesion(tables: Tables, name: str) -> bool:
    stated = {rows[name]["lesion_id"] for rows in (tables.groupings, tables.metadata) if name in rows}
    return len(stated - {""}) <= 1


def _fits(dx: str, category: str | None) -> bool:
    try:
        return category is None or category in ham10000.categories(dx)
    except Unmapped:
        return True  # a word that nobody knows contradicts nothing; its image is left out


def _facts(image_id: str, tables: Tables, license: str) -> Facts:  # noqa: A002
    grouping, row = tables.groupings.get(image_id, {}), tables.metadata.get(image_id, {})
    dx, localization = tables.dx[image_id], row.get("localization", "")
    vienna = int(image_id[5:]) in HAM10000_IDS
    return Facts(
        image_id=image_id,
        label=_label(dx, tables.isic2019.get(image_id)),
        lesion_id=grouping.get("lesion_id") or row.get("lesion_id", ""),
        age=number(row.get("age", ""), f"age of {image_id}"),
        sex=row.get("sex") or None,
        site=find_site("localization", localization),
        source="HAM10000" if vienna else "ISIC 2018",
        stated_diagnosis=dx,
        stated_site=localization,
        confirmation=grouping.get("diagnosis_confirm_type") or row.get("dx_type", ""),
        license=license,
        attribution=ATTRIBUTIONS["HAM10000"] if vienna else f"{ATTRIBUTIONS['HAM10000']}; ISIC 2018, arXiv:1902.03368",
    )


def _label(dx: str, in_2019: str | None) -> str:
    return in_2019 if in_2019 in ham10000.categories(dx) else translate("dx", dx)
