"""draw-lesions and draw-examples: pictures for trials without data."""

import argparse
from pathlib import Path

from training.commands.clean import clean_catalog
from training.commands.imports import save
from training.commands.split import split_catalog


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    parser = commands.add_parser("draw-lesions", help="draw a data set of lesions, in ISIC 2019's own layout")
    parser.add_argument("--out", type=Path, default=Path("data/drawn"))
    parser.add_argument("--count", type=int, default=480)
    parser.add_argument("--size", type=int, default=96, help="side in pixels")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=_draw_lesions)
    parser = commands.add_parser("draw-examples", help="draw one picture of each category, as in examples/")
    parser.add_argument("--out", type=Path, default=Path("examples"))
    parser.set_defaults(run=_draw_examples)


def _draw_lesions(options: argparse.Namespace) -> None:
    from training.drawing import write_dataset
    from training.importers.isic2019 import import_isic2019

    write_dataset(options.out, options.count, options.size, options.seed)
    truth, facts, images = (options.out / name for name in ("GroundTruth.csv", "Metadata.csv", "images"))
    save(import_isic2019(truth, facts, images, license="Apache-2.0"), options.out)
    clean_catalog(options.out)
    split_catalog(options.out, options.out / "splits.csv", options.seed)


def _draw_examples(options: argparse.Namespace) -> None:
    from training.drawing import write_examples

    write_examples(options.out)
