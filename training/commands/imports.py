"""import: official challenge files, or any table, to a catalog."""

import argparse
from pathlib import Path

from training.catalog import Catalog, reasons


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command, with one sub-command a layout."""
    parser = commands.add_parser("import", help="make a catalog of a table and a folder or zip of images")
    layouts = parser.add_subparsers(dest="layout", required=True, metavar="LAYOUT")
    isic2019 = layouts.add_parser("isic2019", help="ISIC 2019: ground truth and metadata CSV files")
    isic2019.add_argument("--ground-truth", type=Path, required=True)
    isic2019.add_argument("--metadata", type=Path, required=True)
    isic2019.set_defaults(run=_isic2019)
    for layout in (isic2019,):
        layout.add_argument(
            "--images", type=Path, required=True, help="folder or zip; may hold a part of the table's images"
        )
        layout.add_argument("--out", type=Path, required=True, help="folder for the catalog, such as data/ham10000")
        layout.add_argument("--license", default="CC BY-NC 4.0", help="of the images (default: CC BY-NC 4.0)")


def save(catalog: Catalog, out: Path) -> None:
    """Write a catalog and say what it holds and what was left out."""
    catalog.write(out)
    print(f"{len(catalog)} images in {out}")
    if catalog.left_out:
        print(f"{len(catalog.left_out)} left out (left-out.csv):\n{reasons(catalog.left_out)}")


def _isic2019(options: argparse.Namespace) -> None:
    from training.importers.isic2019 import import_isic2019

    save(import_isic2019(options.ground_truth, options.metadata, options.images, license=options.license), options.out)
