"""python -m training COMMAND: from images to a trained, reported run. Each command has --help."""

import argparse
import sys

from training.commands import (
    architecture,
    ask,
    clean,
    compare,
    data_report,
    distill,
    draw,
    evaluate,
    fetch,
    imports,
    leaks,
    login,
    merge,
    split,
    train,
    tune,
)
from training.config import InvalidConfig
from training.errors import InvalidData

COMMANDS = (
    fetch,
    imports,
    merge,
    clean,
    split,
    leaks,
    data_report,
    train,
    distill,
    tune,
    evaluate,
    compare,
    ask,
    draw,
    architecture,
    login,
)
"""Each module adds its commands, in the order of use."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser("python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    options, rest = parser.parse_known_args(arguments)
    options.overrides = rest
    if rest and not getattr(options, "takes_overrides", False):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        status: int | None = options.run(options)
    except (InvalidData, InvalidConfig, FloatingPointError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
