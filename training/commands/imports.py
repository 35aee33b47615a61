"""import: official challenge files, or any table, to a catalog."""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from training.catalog import CATALOG_FILE, Catalog, reasons
from training.errors import InvalidData

ONE_CSV = "CSV file, or a zip or folder that holds just one"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command, with one sub-command a layout."""
    parser = commands.add_parser(
        "import",
        help="make a catalog of a table and a folder or zip of images",
        description="Joins every image with its row. What has no single category or no file is left out and named in "
        "left-out.csv; nothing is guessed.",
    )
    layouts = parser.add_subparsers(dest="layout", required=True, metavar="LAYOUT")
    for add_layout in (_add_isic2018, _add_isic2019, _add_isic2020, _add_dermamnist, _add_table):
        layout = add_layout(layouts)
        layout.add_argument(
            "--images", type=Path, required=True, help="folder or zip; may hold a part of the table's images"
        )
        layout.add_argument("--out", type=Path, required=True, help="folder for the catalog, such as data/ham10000")
        layout.add_argument("--replace", action="store_true", help="in place of a catalog that is there already")
        layout.set_defaults(run=partial(_import, layout.get_default("run")))


def _import(run: Callable[[argparse.Namespace], None], options: argparse.Namespace) -> None:
    if (options.out / CATALOG_FILE).exists() and not options.replace:
        raise InvalidData(f"There is a catalog in {options.out} already. Choose another --out, or add --replace.")
    run(options)


def save(catalog: Catalog, out: Path, unread_sexes: Mapping[str, int] | None = None) -> None:
    """Write a catalog; say what it holds, what was left out and why, and which words were not understood."""
    catalog.write(out)
    print(f"{len(catalog)} images in {out}")
    if catalog.left_out:
        print(f"{len(catalog.left_out)} left out (left-out.csv):\n{reasons(catalog.left_out)}")
    sites = Counter(record.stated_site for record in catalog.records if record.stated_site and record.site is None)
    for field, words in (("site", sites), ("sex", Counter(unread_sexes))):
        if words:
            told = ", ".join(f"{word!r} {count}" for word, count in words.most_common())
            print(f"{words.total()} kept without a {field}; their words fit none: {told}")


def _add_isic2018(layouts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    layout = layouts.add_parser(
        "isic2018",
        help="ISIC 2018 task 3 (HAM10000): ground truth, and the tables that go with it",
        description="Tables that contradict each other are refused. AKIEC is actinic keratosis and Bowen's disease in "
        "one: without the ground truth of ISIC 2019 it is left out.",
    )
    layout.add_argument(
        "--ground-truth", type=Path, required=True, help=f"ISIC2018_Task3_*_GroundTruth, in either form; {ONE_CSV}"
    )
    layout.add_argument("--groupings", type=Path, help="ISIC2018_Task3_Training_LesionGroupings.csv: lesion ids")
    layout.add_argument("--metadata", type=Path, help="HAM10000_metadata: age, sex, site, lesion ids")
    layout.add_argument(
        "--isic2019-ground-truth", type=Path, help="ISIC_2019_Training_GroundTruth.csv: tells AK from SCC"
    )
    return _licensed(layout, _isic2018)


def _add_isic2019(layouts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    layout = layouts.add_parser("isic2019", help="ISIC 2019, training or test: ground truth and metadata")
    layout.add_argument("--ground-truth", type=Path, required=True, help=f"ISIC_2019_*_GroundTruth.csv; {ONE_CSV}")
    layout.add_argument("--metadata", type=Path, required=True, help="ISIC_2019_*_Metadata.csv")
    return _licensed(layout, _isic2019)


def _add_isic2020(layouts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    layout = layouts.add_parser(
        "isic2020",
        help="ISIC 2020, training: one table",
        description="Most of its images are benign and no more is known of them: these have no category and are left "
        "out. Give ISIC_2020_Training_Duplicates.csv to split --pairs.",
    )
    layout.add_argument(
        "--ground-truth", type=Path, required=True, help=f"train.csv or ISIC_2020_Training_GroundTruth*.csv; {ONE_CSV}"
    )
    return _licensed(layout, _isic2020)


def _add_dermamnist(layouts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    layout = layouts.add_parser(
        "dermamnist",
        help="DermaMNIST (HAM10000 at 28 px) with the ISIC ids that it lacks, found by comparing pictures",
        description="Ids, lesions and labels come from the catalog of HAM10000. Pictures without a sure match are left "
        "out. Also writes official.csv, for split --official, and HAM10000's duplicates if they are known.",
    )
    layout.add_argument("--labels", type=Path, required=True, help="CSV with the columns image_id and dx")
    layout.add_argument("--ham10000", type=Path, required=True, metavar="CATALOG", help="folder of HAM10000's catalog")
    layout.set_defaults(run=_dermamnist)
    return layout


def _add_table(layouts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    layout = layouts.add_parser(
        "table",
        help="any CSV file, read through a column map",
        description="The map is a TOML file that names the columns and translates their words; see examples/columns/. "
        "A label without a translation leaves its image out; a site or sex without one is not known.",
    )
    layout.add_argument("--csv", type=Path, required=True, help="a row an image")
    layout.add_argument("--columns", type=Path, required=True, metavar="TOML", help="the column map")
    layout.set_defaults(run=_table)
    return layout


def _licensed(layout: argparse.ArgumentParser, run: object) -> argparse.ArgumentParser:
    layout.add_argument("--license", default="CC BY-NC 4.0", help="of the images (default: CC BY-NC 4.0)")
    layout.set_defaults(run=run)
    return layout


def _isic2018(options: argparse.Namespace) -> None:
    from training.importers.isic2018 import import_isic2018, read_tables

    tables = read_tables(
        options.ground_truth,
        groupings=options.groupings,
        metadata=options.metadata,
        isic2019=options.isic2019_ground_truth,
    )
    save(import_isic2018(tables, options.images, license=options.license), options.out)


def _isic2019(options: argparse.Namespace) -> None:
    from training.importers.isic2019 import import_isic2019

    save(import_isic2019(options.ground_truth, options.metadata, options.images, license=options.license), options.out)


def _isic2020(options: argparse.Namespace) -> None:
    from training.importers.isic2020 import import_isic2020

    save(import_isic2020(options.ground_truth, options.images, license=options.license), options.out)


def _dermamnist(options: argparse.Namespace) -> None:
    from training.importers.dermamnist import carry_duplicates, import_dermamnist, write_official

    catalog = import_dermamnist(options.labels, options.images, Catalog.read(options.ham10000))
    save(catalog, options.out)
    write_official(catalog, options.out / "official.csv")
    if not carry_duplicates(options.ham10000, catalog, options.out):
        print(f"Before a split: python -m training clean {options.ham10000}, then import this again")


def _table(options: argparse.Namespace) -> None:
    from training.importers.column_map import ColumnMap
    from training.importers.custom import import_table, read_table

    table = read_table(options.csv, ColumnMap.read(options.columns))
    save(import_table(table, options.images), options.out, table.unread_sexes)
