"""python -m export COMMAND: from a finished run to a model bundle that proves itself. Each command has --help."""

import argparse
import sys

from export.commands import convert, keygen, quantize, recalibrate, sign, verify
from export.errors import ConversionFailed
from lesion.keys import InvalidKey
from lesion.manifest import InvalidBundle
from training.config import InvalidConfig
from training.errors import InvalidData

COMMANDS = (convert, quantize, recalibrate, verify, keygen, sign)
"""Each module adds its commands, in the order of use, and imports what it needs when it runs: TensorFlow takes seconds,
and a machine that only verifies bundles need not have it."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser("python -m export", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    options = parser.parse_args(arguments)
    try:
        status: int | None = options.run(options)
    except (ConversionFailed, InvalidBundle, InvalidConfig, InvalidData, InvalidKey, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
