"""Command line: draw-lesions, draw-examples, import, split, train, evaluate; each has --help."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from training.catalog import Catalog, InvalidData
from training.config import Config, InvalidConfig, override

RECIPES = tuple(
    sorted(path.stem for path in (Path(__file__).parent / "recipes").glob("*.py") if path.stem != "__init__")
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser("python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_draw(commands.add_parser("draw-lesions", help="draw a data set of lesions, in ISIC 2019's own layout"))
    _add_examples(commands.add_parser("draw-examples", help="draw one picture of each category, as in examples/"))
    _add_import(
        commands.add_parser("import", help="make a catalog of ISIC 2019's CSV files and a folder or zip of images")
    )
    _add_split(commands.add_parser("split", help="divide a catalog by lesion"))
    _add_train(commands.add_parser("train", help="train a recipe; further --field value pairs override it"))
    _add_evaluate(commands.add_parser("evaluate", help="open the test part for a finished run, and report"))
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "train":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        options.run_command(options, rest)
    except (InvalidData, InvalidConfig, FileNotFoundError, FileExistsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _add_directories(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("DERMSERVE_DATA", "data")),
        help="catalogs and initial weights (DERMSERVE_DATA; default: data)",
    )
    parser.add_argument("--cache", type=Path, default=Path("cache"), help="prepared pixels (default: cache)")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where runs are written (default: runs)")


def _add_draw(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("data/drawn"))
    parser.add_argument("--count", type=int, default=480)
    parser.add_argument("--size", type=int, default=96, help="side in pixels")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run_command=_draw)


def _draw(options: argparse.Namespace, _: list[str]) -> None:
    from training.drawing import write_dataset

    write_dataset(options.out, options.count, options.size, options.seed)
    truth, facts, images = (options.out / name for name in ("GroundTruth.csv", "Metadata.csv", "images"))
    _import_into(options.out, truth, facts, images, "Apache-2.0")
    _split_catalog(options.out, options.out / "splits.csv", options.seed)


def _add_examples(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("examples"))
    parser.set_defaults(run_command=_draw_examples)


def _draw_examples(options: argparse.Namespace, _: list[str]) -> None:
    from training.drawing import write_examples

    write_examples(options.out)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ground-truth", type=Path, required=True)
    parser.add_argument("--metadata", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True, help="folder or zip; may hold a part of the images")
    parser.add_argument("--out", type=Path, required=True, help="folder for the catalog, such as data/ham10000")
    parser.add_argument("--license", default="CC BY-NC 4.0", help="of the images (default: CC BY-NC 4.0, as ISIC 2019)")
    parser.set_defaults(
        run_command=lambda options, _: _import_into(
            options.out, options.ground_truth, options.metadata, options.images, options.license
        )
    )


def _import_into(out: Path, ground_truth: Path, metadata: Path, images: Path, license: str) -> None:  # noqa: A002
    from training.isic2019 import import_isic2019

    catalog = import_isic2019(ground_truth, metadata, images, license=license)
    catalog.write(out)
    print(f"{len(catalog)} images in {out}")


def _add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("catalog", type=Path, help="folder of the catalog")
    parser.add_argument("--out", type=Path, help="CSV to write (default: splits.csv beside the catalog)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--ground-truth", type=Path, help="with --metadata: divide all of these images, not only those at hand"
    )
    parser.add_argument("--metadata", type=Path)
    parser.set_defaults(
        run_command=lambda options, _: _split_catalog(
            options.catalog,
            options.out or options.catalog / "splits.csv",
            options.seed,
            options.ground_truth,
            options.metadata,
        )
    )


def _split_catalog(
    directory: Path, out: Path, seed: int, ground_truth: Path | None = None, metadata: Path | None = None
) -> None:
    from training import splits
    from training.duplicates import identical_files, near_duplicates
    from training.isic2019 import read_table

    catalog = Catalog.read(directory)
    if (ground_truth is None) != (metadata is None):
        raise InvalidData("--ground-truth and --metadata come together. Received one of them.")
    if ground_truth is not None and metadata is not None:
        table = read_table(ground_truth, metadata)
    else:
        table = {record.image_id: (record.label, record.lesion_id, record.source) for record in catalog.records}
    pairs = near_duplicates(catalog)
    pairs += identical_files(
        [record.image_id for record in catalog.records], [record.sha256 for record in catalog.records]
    )
    groups = splits.group({image_id: lesion for image_id, (_, lesion, _) in table.items()}, pairs)
    strata = {image_id: f"{label} {source}" for image_id, (label, _, source) in table.items()}
    divided = splits.divide(strata, groups, seed=seed)
    splits.check(catalog, divided)
    divided.write(out)
    print(f"{len(table)} images in {len(set(groups.values()))} groups: {out}")


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--name", help="name of the run (default: the recipe's)")
    parser.add_argument("--final", action="store_true", help="also predict and report the test part")
    _add_directories(parser)
    parser.set_defaults(run_command=_train)


def _train(options: argparse.Namespace, overrides: list[str]) -> None:
    from training.run import train

    config = override(recipe(options.recipe), overrides)
    run = options.runs / (options.name or config.name)
    train(config, run, options.data, options.cache, final=options.final)
    print((run / "report" / "card.md").read_text())


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="a finished run, such as runs/starter")
    _add_directories(parser)
    parser.set_defaults(run_command=_evaluate)


def _evaluate(options: argparse.Namespace, _: list[str]) -> None:
    import keras

    from training import run
    from training.fit import BEST_FILE

    opened = run.reopen(options.run, options.data, options.cache)
    run.finish(keras.saving.load_model(options.run / BEST_FILE), opened, options.run, final=True)
    print((options.run / "report" / "card.md").read_text())


def recipe(name: str) -> Config:
    """The config of a recipe module."""
    config: Config = importlib.import_module(f"training.recipes.{name}").CONFIG
    return config


if __name__ == "__main__":
    sys.exit(main())
