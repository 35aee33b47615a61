"""clean: drop from a catalog what cannot be trusted, list what must not be parted. duplicates: over many catalogs."""

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from training.catalog import Catalog, reasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.duplicates import Pair
    from training.inspection import Inspection


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    parser = commands.add_parser(
        "clean",
        help="decode every image, drop what contradicts itself, list duplicates",
        description="Rewrites the catalog: images that do not decode, pictures and lesions under two categories go to "
        "left-out.csv; pairs of one picture go to duplicates.csv, which split and the leakage gate read.",
    )
    parser.add_argument("catalog", type=Path, help="folder of the catalog")
    parser.set_defaults(run=lambda options: clean_catalog(options.catalog))
    parser = commands.add_parser("duplicates", help="list the pictures that several catalogs share, or one repeats")
    parser.add_argument("catalogs", type=Path, nargs="+", help="folders of catalogs")
    parser.add_argument("--out", type=Path, required=True, help="folder for duplicates.csv")
    parser.set_defaults(run=_duplicates)


def clean_catalog(directory: Path) -> None:
    """Clean, write, and say what was dropped and listed."""
    from training import cleaning

    before = Catalog.read(directory)
    cleaned = cleaning.clean(before)
    cleaning.write(cleaned, directory)
    dropped = cleaned.catalog.left_out[len(before.left_out) :]
    print(f"{len(cleaned.catalog)} images kept, {len(dropped)} dropped (left-out.csv)")
    if dropped:
        print(reasons(dropped))
    _tell(cleaned.pairs)
    if cleaned.too_small:
        print(f"{cleaned.too_small} pictures are too small to be told from others: only identical ones were looked for")


def _duplicates(options: argparse.Namespace) -> None:
    from training import duplicates
    from training.inspection import inspect

    catalogs = [Catalog.read(directory) for directory in options.catalogs]
    seen: dict[str, Inspection] = {}
    whole: list[Catalog] = []
    for catalog in catalogs:
        looked, broken = inspect(catalog)
        seen |= looked
        whole.append(catalog.without(broken))
    found = duplicates.across(whole, seen)
    options.out.mkdir(parents=True, exist_ok=True)
    duplicates.write(found, options.out)
    _tell(found)


def _tell(found: "Sequence[Pair]") -> None:
    counts = Counter((pair.kind, pair.labels) for pair in found)
    print(f"{len(found)} pairs of one picture (duplicates.csv)")
    for (kind, labels), count in sorted(counts.items()):
        print(f"  {count}: {kind}, categories {labels}")
