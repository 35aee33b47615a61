"""evaluate: open the test part for a finished run."""

import argparse
from pathlib import Path

from training.commands.options import add_directories


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("evaluate", help="open the test part for a finished run, and report")
    parser.add_argument("finished", type=Path, metavar="RUN", help="a finished run, such as runs/starter")
    add_directories(parser)
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    import keras

    from training import run
    from training.fit import BEST_FILE

    opened = run.reopen(options.finished, options.data, options.cache)
    run.finish(keras.saving.load_model(options.finished / BEST_FILE), opened, options.finished, final=True)
    print((options.finished / "report" / "card.md").read_text())
