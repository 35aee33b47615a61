"""The numbers of a drawn catalog, counted again by other means."""

from collections import Counter
from pathlib import Path

import pytest

from training.catalog import Catalog, content_hash
from training.datareport.describe import DataReport, describe
from training.errors import InvalidData


def test_the_head(drawn_catalog: Catalog, drawn_report: DataReport) -> None:
    head = drawn_report.head
    lesions = {record.lesion_id for record in drawn_catalog.records}
    assert (head.images, head.lesions, head.patients, head.groups) == (240, len(lesions), 0, len(lesions))
    assert (head.images_without_lesion, head.images_without_patient) == (0, 240)
    assert head.created.isoformat() == "2026-01-31"
    assert head.catalog_sha256 == content_hash(drawn_catalog)


def test_counts_are_those_of_the_catalog(drawn_catalog: Catalog, drawn_report: DataReport) -> None:
    records = drawn_catalog.records
    assert {item.code: item.images for item in drawn_report.categories} == Counter(record.label for record in records)
    site = drawn_report.patients.site
    for code in site.columns:
        own = Counter(record.site or "not stated" for record in records if record.label == code)
        assert {row: site.count(row, code) for row in site.rows if site.count(row, code)} == own
    gaps = {field.field: field.images for field in drawn_report.missingness.fields}
    assert gaps["age"] == sum(record.age is None for record in records)
    assert drawn_report.sizes.by_source.rows == ("32×32",)


def test_drawn_metadata_tells_ak_from_scc_and_gaps_do_not(drawn_report: DataReport) -> None:
    people, gaps, source, size = drawn_report.category_baselines
    assert people.grade is not None
    assert people.grade.beats_chance
    assert min(people.grade.recall["AK"], people.grade.recall["SCC"]) > 0.7
    assert gaps.grade is not None
    assert not gaps.grade.beats_chance
    assert source.grade is None
    assert size.reason == "it is the same for every image"


def test_duplicates_join_groups(drawn_directory: Path, drawn_catalog: Catalog, tmp_path: Path) -> None:
    first, last = drawn_catalog.records[0].image_id, drawn_catalog.records[-1].image_id
    (tmp_path / "duplicates.csv").write_text(f"a,b,kind,similarity,labels\n{first},{last},near,0.99,differ\n")
    few = Catalog([drawn_catalog.records[0], drawn_catalog.records[-1]], drawn_catalog.images)
    told = describe(tmp_path, few, samples=1)
    assert told.head.groups == 1
    assert told.quality.near_searched
    assert len(told.sheets.differing) == 1


def test_the_same_seed_gives_the_same_report(drawn_catalog: Catalog, tmp_path: Path) -> None:
    few = Catalog(drawn_catalog.records[:60], drawn_catalog.images)
    assert describe(tmp_path, few, seed=3) == describe(tmp_path, few, seed=3)


def test_an_empty_catalog_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="holds no image"):
        describe(tmp_path, Catalog([], tmp_path))
