"""Labeled pictures of one's own, as `python -m training import` and `split` leave them, asked of a bundle's files."""

from pathlib import Path

from export.checks.answers import check_replay
from export.checks.session import open_session
from export.derive import open_source
from export.labeled import Labeled
from lesion.golden import GOLDEN_FILE, Golden
from lesion.manifest import InvalidBundle, Manifest, digest
from lesion.variant import Precision
from training import cache, duplicates, splits
from training.asking import onnx_file
from training.asking.bundle import Bundle
from training.catalog import Catalog
from training.errors import InvalidData
from training.pipeline import InOrder
from training.splits import Part, Splits
from training.target import Target

FITTED: tuple[Part, ...] = ("validation", "calibration")


def ask(bundle: Path, directory: Path, split: str, cached: Path) -> dict[Precision, Labeled]:
    """What each variant of a bundle says of the validation and the calibration part of a catalog.

    `split` as in `training.splits.find`. Pixels of these two parts alone are prepared, below `cached`.
    Raises `InvalidBundle` on a bundle that is not whole, or does not answer here as it did where it was made; `Leak`
    when a lesion lies in two parts; `InvalidData` when one of the two holds no image, or the files cannot be run.
    """
    manifest = open_source(bundle)
    _expect_reproduced(bundle, manifest)
    parts = _parts(manifest, directory, split, cached)
    return {
        variant.precision: Labeled(
            *(onnx_file.ask(Bundle(bundle, manifest, digest(bundle), variant), part).predictions for part in parts)
        )
        for variant in manifest.variants
    }


def _expect_reproduced(bundle: Path, manifest: Manifest) -> None:
    """A processor without the instructions that 8-bit variants are made for computes something else."""
    golden = Golden.parse(bundle / GOLDEN_FILE, (bundle / GOLDEN_FILE).read_bytes(), manifest)
    for variant in manifest.variants:
        file = bundle / variant.file
        try:
            check_replay(open_session(file.read_bytes(), "cpu"), golden, variant)
        except InvalidBundle as error:
            raise InvalidBundle(
                f"{file} does not answer on this machine as it did where it was made. {error}"
            ) from error


def _parts(manifest: Manifest, directory: Path, split: str, cached: Path) -> list[InOrder]:
    target = Target(tuple(item.code for item in manifest.classes), manifest.malignant)
    catalog = Catalog.read(directory).of_categories(target.categories)
    file = splits.find(split, directory)
    divided = Splits.read(file)
    splits.check(catalog, divided, duplicates.known(directory))
    prepared = []
    for name in FITTED:
        records = [catalog.records[place] for place in divided.positions(catalog, name)]
        if not records:
            raise InvalidData(f"{file.name} leaves no image of {directory} for {name}.")
        pixels = cache.build(Catalog(records, catalog.images), manifest.image, cached / directory.resolve().name)
        rows = list(range(len(records)))
        prepared.append(InOrder(pixels, records, rows, manifest.metadata, target=target))
    return prepared
