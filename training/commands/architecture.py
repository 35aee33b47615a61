"""draw: the architecture of a recipe's model, as a diagram and a table."""

import argparse
from pathlib import Path

from training.config import RECIPE_HELP, recipe
from training.overrides import override


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "draw", help="draw a recipe's network (SVG, PNG) and list its layers; --field value pairs override the recipe"
    )
    parser.add_argument("recipe", help=RECIPE_HELP)
    parser.add_argument("--out", type=Path, default=Path("drawings"), help="folder (default: drawings)")
    parser.add_argument("--expand", action="store_true", help="draw the backbone block by block, not as one box")
    parser.add_argument("--phase", type=int, help="tell apart what this phase of the recipe trains (from 1)")
    parser.set_defaults(run=_draw, takes_overrides=True)


def _draw(options: argparse.Namespace) -> None:
    from training.architecture import portrait

    config = override(recipe(options.recipe), options.overrides)
    for path in portrait.write(config, options.out, expand=options.expand, phase=options.phase):
        print(path)
