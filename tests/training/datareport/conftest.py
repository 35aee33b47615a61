from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from training.catalog import Catalog, Record
from training.datareport.describe import DataReport, describe
from training.drawing import write_dataset
from training.importers.isic2019 import import_isic2019


@pytest.fixture(scope="session")
def make_record() -> Callable[..., Record]:
    """A record by its number; whatever is not told is empty."""

    def record(number: int, label: str = "NV", **facts: object) -> Record:
        name = f"ISIC_{9_000_000 + number}"
        given = {"lesion_id": f"L{number}", "sha256": f"hash {number}", "file": f"{name}.jpg", **facts}
        return Record(image_id=name, label=label, **given)  # type: ignore[arg-type]

    return record


@pytest.fixture(scope="session")
def drawn_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of 240 drawn lesions at 32 px, as imported: no split, no duplicates.csv."""
    directory = tmp_path_factory.mktemp("drawn")
    write_dataset(directory, count=240, side=32, seed=5)
    catalog = import_isic2019(
        directory / "GroundTruth.csv", directory / "Metadata.csv", directory / "images", license="Apache-2.0"
    )
    catalog.write(directory)
    return directory


@pytest.fixture(scope="session")
def drawn_catalog(drawn_directory: Path) -> Catalog:
    return Catalog.read(drawn_directory)


@pytest.fixture(scope="session")
def drawn_report(drawn_directory: Path, drawn_catalog: Catalog) -> DataReport:
    return describe(drawn_directory, drawn_catalog, samples=3, today=date(2026, 1, 31))
