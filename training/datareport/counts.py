"""How many images and lesions there are of each category, from whom, under which license, and in which part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

from pydantic import BaseModel, ConfigDict

from lesion.diagnosis import CATEGORIES, UNKNOWN_CODE
from training.catalog import Record
from training.datareport.tables import NOT_STATED, CrossTable, by_category, category_codes, cross, source_of, sources
from training.splits import PARTS, Splits

NO_PART = "in no part"
_NAMES = {category.code: category.name for category in CATEGORIES} | {UNKNOWN_CODE: "None of the eight"}
_MALIGNANT = frozenset(category.code for category in CATEGORIES if category.malignant)


class CategoryCount(BaseModel):
    """One category: its images and its lesions. Of one beyond the eight, a catalog knows the code alone."""

    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    malignant: bool
    images: int
    share: float
    lesions: int
    """Lesion ids, and images without one, each taken for a lesion of its own."""
    images_without_lesion: int
    mean_age: float | None


class Terms(BaseModel):
    """A license and attribution, and how many images come under them."""

    model_config = ConfigDict(frozen=True)

    license: str
    attribution: str
    images: int


class Parts(BaseModel):
    """A split, seen from the catalog. An image without a lesion id counts as one lesion."""

    model_config = ConfigDict(frozen=True)

    name: str
    images: CrossTable
    lesions: CrossTable
    divided: tuple[str, ...]
    """One image of every group (lesion, patient or picture) that lies in several parts."""


def categories(records: Sequence[Record]) -> tuple[CategoryCount, ...]:
    """A row a category, in class order."""
    return tuple(_category(code, records) for code in category_codes(records))


def terms(records: Sequence[Record]) -> tuple[Terms, ...]:
    """Licenses and attributions, most images first."""
    counts = Counter((record.license or NOT_STATED, record.attribution or NOT_STATED) for record in records)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Terms(license=a, attribution=b, images=count) for (a, b), count in ranked)


def by_source(records: Sequence[Record]) -> CrossTable:
    """Source against category."""
    return by_category(records, [source_of(record) for record in records], sources(records))


def parts(records: Sequence[Record], groups: Mapping[str, str], splits: Splits, name: str) -> Parts:
    """Part against category, in images and in lesions, and the groups that the split divides."""
    part_of = {record.image_id: str(splits.parts.get(record.image_id, NO_PART)) for record in records}
    rows = [*PARTS, NO_PART] if NO_PART in part_of.values() else list(PARTS)
    images = by_category(records, [part_of[record.image_id] for record in records], rows)
    lesions = {(part_of[record.image_id], record.label, record.lesion_id or record.image_id) for record in records}
    return Parts(
        name=name,
        images=images,
        lesions=cross(((part, label) for part, label, _ in lesions), rows=rows, columns=images.columns),
        divided=_divided(part_of, groups),
    )


def _category(code: str, records: Sequence[Record]) -> CategoryCount:
    own = [record for record in records if record.label == code]
    ages = [record.age for record in own if record.age is not None]
    return CategoryCount(
        code=code,
        name=_NAMES.get(code, code),
        malignant=code in _MALIGNANT,
        images=len(own),
        share=len(own) / max(len(records), 1),
        lesions=len({record.lesion_id or record.image_id for record in own}),
        images_without_lesion=sum(not record.lesion_id for record in own),
        mean_age=fmean(ages) if ages else None,
    )


def _divided(part_of: Mapping[str, str], groups: Mapping[str, str]) -> tuple[str, ...]:
    seen: dict[str, set[str]] = {}
    for image_id, part in part_of.items():
        if part != NO_PART:
            seen.setdefault(groups[image_id], set()).add(part)
    return tuple(sorted(name for name, where in seen.items() if len(where) > 1))
