"""evaluate: open the test part for a finished run."""

import argparse
from pathlib import Path

from training.commands.options import add_directories
from training.commands.tell import tell


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("evaluate", help="open the test part for a finished run, and report")
    parser.add_argument("finished", type=Path, metavar="RUN", help="a finished run, such as runs/starter")
    parser.add_argument(
        "--views",
        type=int,
        choices=(2, 4, 8),
        help="also grade the mean over so many mirrored and turned views of each picture (test-time augmentation)",
    )
    parser.add_argument(
        "--part", choices=("calibration", "test"), default="test", help="`calibration` leaves test shut (default: test)"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="only what predictions tell: no subgroups, shortcuts, gallery, explanations",
    )
    add_directories(parser)
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    from training import run

    opened = run.reopen(options.finished, options.data, options.cache)
    run.evaluate_again(options.finished, opened, final=options.part == "test", examined=not options.quick)
    tell(options.finished, options)
    if options.views:
        from training.test_time import grade_views

        print(grade_views(options.finished, opened, options.part, options.views))
