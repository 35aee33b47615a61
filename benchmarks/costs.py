"""What every network costs, as docs/models.md shows it: the picture alone, eight categories.

    python -m benchmarks.costs [--sizes 64 224] [--only compact condenser_b]
    python -m benchmarks.costs --latency --sizes 64 128 160 --only compact mobilenet_v2

Tables in Markdown, in a minute. Operations are two for each multiply-add (`training.models.cost`); latency is the
median for one image on one thread of ONNX Runtime, with random weights, networks taking turns.
"""

import argparse
import os
from collections.abc import Sequence
from typing import get_args

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from benchmarks.onnx_cost import measure
from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models.build import BUILDERS
from training.models.cost import cost
from training.options.model import Backbone, Model

SIZES = (64, 224)
NETWORKS = {
    "baseline": Model(builder="baseline"),
    **{name: Model(builder="dual", backbone=name, fusion="none") for name in get_args(Backbone)},
}


def build(name: str, size: int) -> keras.Model:
    """A network for images of size × size."""
    options = NETWORKS[name]
    return BUILDERS[options.builder](options, ImageSpec(size=size), MetadataSpec(), len(CODES))


def operations(name: str, sizes: Sequence[int]) -> str:
    """A line: millions of parameters (from–to where they depend on the size), and operations at each size."""
    costs = [cost(build(name, size)) for size in sizes]
    parameters = sorted({counted.parameters for counted in costs})
    return _line(name, "–".join(f"{count / 1e6:.2f}" for count in parameters), *(f"{c.flops / 1e9:.3f}" for c in costs))


def latencies(names: Sequence[str], sizes: Sequence[int]) -> list[str]:
    """A line for each network: ms for one image at each size."""
    measured = measure({f"{name} {size}": build(name, size) for name in names for size in sizes})
    return [_line(name, *(f"{measured[f'{name} {size}'].latency_ms:.2f}" for size in sizes)) for name in names]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _header(*cells: str) -> str:
    return f"{_line('', *cells)}\n|{'---|' * (len(cells) + 1)}"


def main() -> None:
    """Count or measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="pixels a side")
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=tuple(NETWORKS))
    parser.add_argument("--latency", action="store_true", help="convert to ONNX and measure")
    options = parser.parse_args()
    if options.latency:
        print(_header(*(f"ms at {size} px" for size in options.sizes)))
        print("\n".join(latencies(options.only, options.sizes)))
    else:
        print(_header("million parameters", *(f"GFLOPs at {size} px" for size in options.sizes)))
        for name in options.only:
            print(operations(name, options.sizes), flush=True)


if __name__ == "__main__":
    main()
