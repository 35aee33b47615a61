"""split: divide a catalog by lesion."""

import argparse
from pathlib import Path

from training.catalog import Catalog, Facts
from training.errors import InvalidData


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("split", help="divide a catalog by lesion")
    parser.add_argument("catalog", type=Path, help="folder of the catalog")
    parser.add_argument("--out", type=Path, help="CSV to write (default: splits.csv beside the catalog)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--ground-truth", type=Path, help="with --metadata: divide all of these images, not only those at hand"
    )
    parser.add_argument("--metadata", type=Path)
    parser.set_defaults(run=_split)


def _split(options: argparse.Namespace) -> None:
    out = options.out or options.catalog / "splits.csv"
    split_catalog(options.catalog, out, options.seed, options.ground_truth, options.metadata)


def split_catalog(
    directory: Path, out: Path, seed: int, ground_truth: Path | None = None, metadata: Path | None = None
) -> None:
    """Group, divide, pass the gate, write."""
    from training import splits
    from training.duplicates import identical_files, near_duplicates
    from training.importers.isic2019 import read_facts

    catalog = Catalog.read(directory)
    if (ground_truth is None) != (metadata is None):
        raise InvalidData("--ground-truth and --metadata come together. Received one of them.")
    if ground_truth is not None and metadata is not None:
        table: dict[str, Facts] = read_facts(ground_truth, metadata)
    else:
        table = {record.image_id: record for record in catalog.records}
    pairs = near_duplicates(catalog)
    pairs += identical_files(
        [record.image_id for record in catalog.records], [record.sha256 for record in catalog.records]
    )
    groups = splits.group({image_id: facts.lesion_id for image_id, facts in table.items()}, pairs)
    strata = {image_id: f"{facts.label} {facts.source}" for image_id, facts in table.items()}
    divided = splits.divide(strata, groups, seed=seed)
    splits.check(catalog, divided)
    divided.write(out)
    print(f"{len(table)} images in {len(set(groups.values()))} groups: {out}")
