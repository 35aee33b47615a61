"""Command line: convert. `python -m export convert runs/<name>` turns a finished run into a model bundle."""

import argparse
import sys
from pathlib import Path

from export.convert import ConversionFailed
from export.write import TOLERANCE, export
from lesion.manifest import InvalidBundle, Manifest, digest
from training.config import InvalidConfig
from training.errors import InvalidData


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser("python -m export", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    convert = commands.add_parser("convert", help="a finished run to a bundle")
    convert.add_argument("run", type=Path, help="such as runs/starter")
    convert.add_argument("--models", type=Path, default=Path("models"))
    convert.add_argument("--name", default="dermoscopy", help="name of the model (default: dermoscopy)")
    convert.add_argument("--version", help="whole number (default: the next free one)")
    convert.add_argument("--tolerance", type=float, default=TOLERANCE, help="refuse a larger difference from Keras")
    options = parser.parse_args(arguments)
    try:
        bundle = export(options.run, options.models, options.name, options.version, options.tolerance)
    except (ConversionFailed, InvalidBundle, InvalidConfig, InvalidData, FileNotFoundError, FileExistsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    variant = Manifest.read(bundle).variants[0]
    print(f"{bundle}: differs from Keras by at most {variant.parity:.2g}; {digest(bundle)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
