"""duplicates.csv is read as it is, or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from training.catalog import Catalog, LeftOut, Record
from training.datareport.pairs import Pair, identical_pairs, links, read_pairs
from training.errors import InvalidData

HEADER = "a,b,kind,similarity,labels\n"


@pytest.fixture
def catalog(make_record: Callable[..., Record]) -> Catalog:
    records = [
        make_record(0, "NV", sha256="same"),
        make_record(1, "MEL", sha256="same"),
        make_record(2, "NV", sha256="same"),
        make_record(3, "NV"),
    ]
    return Catalog(records, Path(), [LeftOut("ISIC_9000009", "two labels")])


def test_without_a_file_the_hashes_speak(tmp_path: Path, catalog: Catalog) -> None:
    assert read_pairs(tmp_path, catalog) is None
    assert [(pair.a[-1], pair.b[-1], pair.kind, pair.labels) for pair in identical_pairs(catalog.records)] == [
        ("0", "1", "identical file", "differ"),
        ("0", "2", "identical file", "same"),
    ]


def test_pairs_are_read_and_link_what_the_catalog_holds(tmp_path: Path, catalog: Catalog) -> None:
    rows = "ISIC_9000003,ISIC_9000001,near,0.985,differ\nISIC_9000003,ISIC_9000009,identical picture,,same\n"
    (tmp_path / "duplicates.csv").write_text(HEADER + rows)
    pairs = read_pairs(tmp_path, catalog)
    assert pairs == (
        Pair(a="ISIC_9000003", b="ISIC_9000001", kind="near", similarity=0.985, labels="differ"),
        Pair(a="ISIC_9000003", b="ISIC_9000009", kind="identical picture", similarity=None, labels="same"),
    )
    linked = {frozenset(name[-1] for name in pair) for pair in links(pairs, catalog.records)}
    assert linked == {frozenset("31"), frozenset("01"), frozenset("02")}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ISIC_9000003,ISIC_9000001,similar,0.9,same", "kind must be one of .* Received 'similar'"),
        ("ISIC_9000003,ISIC_9000001,near,0.9,yes", "labels must be one of .* Received 'yes'"),
        ("ISIC_9000003,ISIC_9000001,near,much,same", "similarity of ISIC_9000003 .* Received 'much'"),
        ("ISIC_9000003,ISIC_9000077,near,0.9,same", "another catalog: it names ISIC_9000077"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, catalog: Catalog, row: str, message: str) -> None:
    (tmp_path / "duplicates.csv").write_text(f"{HEADER}{row}\n")
    with pytest.raises(InvalidData, match=message):
        read_pairs(tmp_path, catalog)
