"""train: a recipe to a run."""

import argparse

from training.commands.options import add_directories
from training.config import RECIPES, override, recipe


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("train", help="train a recipe; further --field value pairs override it")
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--name", help="name of the run (default: the recipe's)")
    parser.add_argument("--final", action="store_true", help="also predict and report the test part")
    add_directories(parser)
    parser.set_defaults(run=_train, takes_overrides=True)


def _train(options: argparse.Namespace) -> None:
    from training.run import train

    config = override(recipe(options.recipe), options.overrides)
    run = options.runs / (options.name or config.name)
    train(config, run, options.data, options.cache, final=options.final)
    print((run / "report" / "card.md").read_text())
