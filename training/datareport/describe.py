"""A catalog to numbers: everything the page says, and report.json holds, in one model."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from training.bootstrap import BOOTSTRAPS
from training.catalog import Catalog, Record, content_hash
from training.datareport import sights
from training.datareport.baselines import FOLDS, TREES, Baseline, Sight, compare
from training.datareport.colors import ColorSample, SourceColors, describe_colors, sample_colors
from training.datareport.counts import CategoryCount, Parts, Terms, by_source, categories, parts, terms
from training.datareport.missing import Missingness, describe_missing
from training.datareport.pairs import identical_pairs, links, read_pairs
from training.datareport.patients import Patients, describe_patients
from training.datareport.quality import Quality, describe_quality
from training.datareport.sheets import SAMPLES, Sheets, choose
from training.datareport.sizes import Sizes, describe_sizes, read_sizes
from training.datareport.tables import CrossTable, category_codes
from training.errors import InvalidData
from training.revision import git_revision
from training.splits import Splits, group


class Head(BaseModel):
    """What was looked at, when, by which code."""

    model_config = ConfigDict(frozen=True)

    name: str
    created: date
    git_revision: str
    catalog_sha256: str
    seed: int
    images: int
    lesions: int
    images_without_lesion: int
    patients: int
    images_without_patient: int
    groups: int
    """Independent groups: images connected by lesion, patient or duplicate pictures."""


class Protocol(BaseModel):
    """How the baselines were made."""

    model_config = ConfigDict(frozen=True)

    model: str = "HistGradientBoostingClassifier"
    trees: dict[str, int] = dict(TREES)
    class_weight: str = "balanced"
    folds: int = FOLDS
    bootstraps: int = BOOTSTRAPS


class DataReport(BaseModel):
    """Every number of the page, in its order."""

    model_config = ConfigDict(frozen=True)

    head: Head
    terms: tuple[Terms, ...]
    categories: tuple[CategoryCount, ...]
    sources: CrossTable
    parts: Parts | None
    patients: Patients
    missingness: Missingness
    protocol: Protocol
    category_baselines: tuple[Baseline, ...]
    source_baselines: tuple[Baseline, ...]
    color_baselines: tuple[Baseline, ...]
    sizes: Sizes
    colors: tuple[SourceColors, ...]
    sheets: Sheets
    quality: Quality


def describe(
    directory: Path,
    catalog: Catalog,
    *,
    splits: tuple[str, Splits] | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
    today: date | None = None,
) -> DataReport:
    """Look at a catalog, its images' headers and a sample of their pixels. `splits` comes with its name.

    Raises `InvalidData` when the catalog is empty, a file is not there, or duplicates.csv is not of this catalog.
    """
    if not catalog.records:
        raise InvalidData(f"The catalog in {directory} holds no image. Expected one at least.")
    records = catalog.records
    told = read_pairs(directory, catalog)
    pairs = identical_pairs(records) if told is None else told
    groups = group({record.image_id: record for record in records}, links(pairs, records))
    sizes = read_sizes(catalog)
    colors = sample_colors(catalog, seed=seed)
    eight, of_eight = sights.of_eight(records), [records[place] for place in sights.of_eight(records)]
    return DataReport(
        head=_head(directory, catalog, groups, seed, today or date.today()),
        terms=terms(records),
        categories=categories(records),
        sources=by_source(records),
        parts=parts(records, groups, splits[1], splits[0]) if splits else None,
        patients=describe_patients(records),
        missingness=describe_missing(records),
        protocol=Protocol(),
        category_baselines=compare(
            [
                sights.metadata(of_eight),
                sights.gaps(of_eight),
                sights.origin(of_eight),
                sights.extent([sizes[place] for place in eight]),
            ],
            sights.category(of_eight, groups),
            seed=seed,
        ),
        source_baselines=compare(
            [sights.metadata(records), sights.gaps(records), sights.extent(sizes)],
            sights.source(records, groups),
            seed=seed,
        ),
        color_baselines=_color_baselines(records, groups, colors, seed),
        sizes=describe_sizes(records, sizes, category_codes(records)),
        colors=describe_colors(records, colors),
        sheets=choose(records, pairs, samples=samples, seed=seed),
        quality=describe_quality(records, catalog.left_out, pairs, near_searched=told is not None),
    )


def _head(directory: Path, catalog: Catalog, groups: dict[str, str], seed: int, today: date) -> Head:
    records = catalog.records
    return Head(
        name=directory.resolve().name,
        created=today,
        git_revision=git_revision(),
        catalog_sha256=content_hash(catalog),
        seed=seed,
        images=len(records),
        lesions=len({record.lesion_id for record in records if record.lesion_id}),
        images_without_lesion=sum(not record.lesion_id for record in records),
        patients=len({record.patient_id for record in records if record.patient_id}),
        images_without_patient=sum(not record.patient_id for record in records),
        groups=len(set(groups.values())),
    )


def _color_baselines(
    records: Sequence[Record], groups: dict[str, str], colors: ColorSample, seed: int
) -> tuple[Baseline, ...]:
    seen = [records[place] for place in colors.places]
    return compare([Sight(sights.COLOR, colors.values)], sights.source(seen, groups), seed=seed)
