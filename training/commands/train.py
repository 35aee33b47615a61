"""train: a recipe to a run. resume: a run that was interrupted, to its end."""

import argparse
from pathlib import Path

from training.commands.options import add_directories
from training.commands.tell import tell
from training.config import RECIPE_HELP, recipe
from training.overrides import override


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    parser = commands.add_parser("train", help="train a recipe; further --field value pairs override it")
    parser.add_argument("recipe", help=RECIPE_HELP)
    parser.add_argument("--name", help="name of the run (default: the recipe's)")
    parser.add_argument("--final", action="store_true", help="also predict and report the test part")
    parser.add_argument("--winner", type=Path, help="winner.json of a search: its overrides, before those given here")
    add_directories(parser)
    parser.set_defaults(run=_train, takes_overrides=True)
    parser = commands.add_parser("resume", help="go on with a run that was interrupted, exactly where it stopped")
    parser.add_argument("interrupted", type=Path, help="such as runs/starter")
    parser.add_argument("--final", action="store_true", help="also predict and report the test part")
    add_directories(parser)
    parser.set_defaults(run=_resume)


def _train(options: argparse.Namespace) -> None:
    from training.run import train
    from training.tuning.results import overrides

    won = overrides(options.winner, options.recipe) if options.winner else []
    config = override(recipe(options.recipe), [*won, *options.overrides])
    run = options.runs / (options.name or config.name)
    train(config, run, options.data, options.cache, final=options.final)
    tell(run, options)


def _resume(options: argparse.Namespace) -> None:
    from training.run import resume

    resume(options.interrupted, options.data, options.cache, final=options.final)
    tell(options.interrupted, options)
