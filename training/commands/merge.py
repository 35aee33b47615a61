"""merge: several catalogs to one."""

import argparse
from pathlib import Path

from training.catalog import CATALOG_FILE, Catalog
from training.errors import InvalidData


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "merge",
        help="make one catalog of several, with copies of their images",
        description="An image of several catalogs is taken from the first. Bring images of one size: a model that sees "
        "each clinic at another resolution learns to tell clinics.",
    )
    parser.add_argument("catalogs", type=Path, nargs="+", help="folders of catalogs, such as data/ham10000 data/mine")
    parser.add_argument("--out", type=Path, required=True, help="folder for the catalog and its images")
    parser.set_defaults(run=_merge)


def _merge(options: argparse.Namespace) -> None:
    from training.merging import merge

    if (options.out / CATALOG_FILE).exists():
        raise InvalidData(f"There is a catalog in {options.out} already. Choose another --out.")
    names = [directory.resolve().name for directory in options.catalogs]
    if len(set(names)) < len(names):
        raise InvalidData(f"The folders must have different names. Received {names}.")
    merged = merge({name: Catalog.read(at) for name, at in zip(names, options.catalogs, strict=True)}, options.out)
    merged.catalog.write(options.out)
    print(f"{len(merged.catalog)} images in {options.out}")
    if merged.repeated:
        print(
            f"{len(merged.repeated)} images are in several catalogs, {merged.other_files} of them as another file "
            "(another size, or another picture): the first one's are kept"
        )
    if merged.shared_lesions or merged.shared_patients:
        print(
            f"{merged.shared_lesions} lesion ids and {merged.shared_patients} patient ids stand in several catalogs "
            "and are taken for the same"
        )
    print(f"Next: python -m training clean {options.out} && python -m training split {options.out}")
