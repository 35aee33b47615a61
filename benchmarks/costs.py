"""Parameters and operations of every network, as docs/models.md shows them: the picture alone, eight categories.

    python -m benchmarks.costs [--sizes 64 224] [--only compact condenser_b]

A table in Markdown, in a minute. Operations are two for each multiply-add (`training.models.cost`).
"""

import argparse
import os
from collections.abc import Sequence
from typing import get_args

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models.build import BUILDERS
from training.models.cost import Cost, cost
from training.options.model import Backbone, Model

SIZES = (64, 224)
NETWORKS = {
    "baseline": Model(builder="baseline"),
    **{name: Model(builder="dual", backbone=name, fusion="none") for name in get_args(Backbone)},
}


def at(name: str, size: int) -> Cost:
    """What a network costs for an image of size × size."""
    options = NETWORKS[name]
    return cost(BUILDERS[options.builder](options, ImageSpec(size=size), MetadataSpec(), len(CODES)))


def row(name: str, sizes: Sequence[int]) -> str:
    """A network's line of the table."""
    costs = [at(name, size) for size in sizes]
    parameters = sorted({f"{counted.parameters / 1e6:.2f}" for counted in costs}, key=float)
    cells = [name, "–".join(parameters), *(f"{counted.flops / 1e9:.3f}" for counted in costs)]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="pixels a side")
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=tuple(NETWORKS))
    options = parser.parse_args()
    print(f"| | million parameters | {' | '.join(f'GFLOPs at {size} px' for size in options.sizes)} |")
    print(f"|---|---|{'---|' * len(options.sizes)}")
    for name in options.only:
        print(row(name, options.sizes), flush=True)


if __name__ == "__main__":
    main()
