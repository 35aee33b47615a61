"""quantize: a variant in another precision, proven, as the bundle's next version."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from export.commands.numbers import share
from lesion.variant import BOUND
from training.commands.options import add_data

if TYPE_CHECKING:
    from export.grader import Graded


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "quantize",
        help="a variant in another precision, proven on held-out images, as the bundle's next version",
        description="Quantizes the bundle's float32 graph, calibrates what comes out, and compares it with the run on "
        "validation and calibration. Nothing is written unless a loss above the bound is ruled out.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="such as models/dermoscopy/3")
    parser.add_argument("--run", type=Path, required=True, dest="finished", help="that the bundle was made from")
    parser.add_argument("--precision", choices=("int8", "float16"), default="int8", help="(default: int8)")
    parser.add_argument(
        "--bound",
        type=share,
        default=BOUND,
        help="most balanced accuracy that may be lost, as the 95 %% interval of the difference has it (default: 0.005)",
    )
    parser.add_argument("--version", help="whole number (default: the next free one)")
    add_data(parser)
    parser.set_defaults(run=_quantize)


def _quantize(options: argparse.Namespace) -> None:
    from export.quantize import quantize
    from lesion.manifest import Manifest, digest

    def tell(graded: "Graded") -> None:
        left = ", ".join(graded.candidate.left_out) or "nothing"
        print(f"{graded.proof.line}; left in float32: {left}")

    bundle = quantize(
        options.bundle,
        options.finished,
        options.data,
        options.cache,
        options.precision,
        bound=options.bound,
        version=options.version,
        watch=tell,
    )
    variant = Manifest.read(bundle).variant(options.precision)
    print(f"{bundle}: {variant.file}, {variant.speed:.2f} times as fast as float32 on one thread; {digest(bundle)}")
    for proof in variant.proofs[1:]:
        print(proof.line)
