"""convert: a finished run to a bundle."""

import argparse
from pathlib import Path

from export.commands.numbers import positive


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("convert", help="a finished run to a bundle")
    parser.add_argument("finished", type=Path, metavar="RUN", help="a finished run, such as runs/starter")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--name", default="dermoscopy", help="name of the model (default: dermoscopy)")
    parser.add_argument("--version", help="whole number (default: the next free one)")
    parser.add_argument("--tolerance", type=positive, help="refuse a larger difference from Keras, in logits")
    parser.set_defaults(run=_convert)


def _convert(options: argparse.Namespace) -> None:
    from export.write import TOLERANCE, export
    from lesion.manifest import Manifest, digest

    tolerance = TOLERANCE if options.tolerance is None else options.tolerance
    bundle = export(options.finished, options.models, options.name, options.version, tolerance)
    variant = Manifest.read(bundle).variants[0]
    print(f"{bundle}: differs from Keras by at most {variant.parity:.2g}; {digest(bundle)}")
