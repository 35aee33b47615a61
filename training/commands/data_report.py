"""data-report: a catalog, looked at before anything is trained on it."""

import argparse
from pathlib import Path

from training.catalog import Catalog


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("data-report", help="counts, gaps, shortcuts and samples of a catalog, as a page")
    parser.add_argument("catalog", type=Path, help="folder of the catalog")
    parser.add_argument(
        "--splits", metavar="SPLIT", help="isic2019, dataset (splits.csv beside the catalog) or a CSV file"
    )
    parser.add_argument("--out", type=Path, help="folder for index.html and report.json (default: CATALOG/report)")
    parser.add_argument("--samples", type=_samples, help="images a sheet, 1 to 48 (default: 12)")
    parser.add_argument("--seed", type=int, default=0, help="of samples, folds and intervals (default: 0)")
    parser.set_defaults(run=_report)


def _samples(text: str) -> int:
    from training.datareport.sheets import MOST_SAMPLES

    if not text.isdecimal() or not 1 <= int(text) <= MOST_SAMPLES:
        raise argparse.ArgumentTypeError(f"expected 1 to {MOST_SAMPLES} images a sheet. Received {text}.")
    return int(text)


def _report(options: argparse.Namespace) -> None:
    from training import splits
    from training.datareport import page
    from training.datareport.describe import describe
    from training.datareport.sheets import SAMPLES

    catalog = Catalog.read(options.catalog)
    split = None
    if options.splits:
        named = Path(options.splits)
        file = named if named.is_file() else splits.find(options.splits, options.catalog)
        split = (options.splits, splits.Splits.read(file))
    report = describe(options.catalog, catalog, splits=split, samples=options.samples or SAMPLES, seed=options.seed)
    path = page.write(options.out or options.catalog / "report", report, catalog)
    print(f"{len(catalog)} images in {report.head.groups} independent groups: {path}")
    for baseline in report.category_baselines:
        if baseline.grade:
            print(f"  {baseline.grade.balanced_accuracy:.3f} balanced accuracy from {baseline.sees}")
