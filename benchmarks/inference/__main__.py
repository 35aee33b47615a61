"""How fast models answer: every precision of a bundle beside EfficientNet-B0, Keras and OpenVINO, in one run.

    python -m benchmarks.inference --bundle models/dermoscopy/3 --run runs/plain --openvino .venv-bench/bin/python
    python -m benchmarks.inference --table results/inference.json

Each engine has a process of its own; all ways take turns within every round, and ratios are taken within rounds. Trust
CPU time and ratios on a machine that is shared. Prints tables in Markdown and writes everything as JSON, which
`benchmarks.inference.plot` draws accuracy against. A few minutes; --quick takes half a minute.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from benchmarks.inference.measure import measure
from benchmarks.inference.measured import Measured
from benchmarks.inference.process import environments
from benchmarks.inference.tables import markdown
from export.errors import ConversionFailed
from lesion.manifest import InvalidBundle
from training.config import InvalidConfig
from training.errors import InvalidData

BATCHES, ROUNDS = (1, 2, 4, 8, 16, 32), 9
QUICK_BATCHES, QUICK_ROUNDS = (1,), 3


def main(arguments: list[str] | None = None) -> int:
    """Measure, or only read; print. Returns the exit status."""
    options = _options(arguments)
    try:
        if options.table:
            measured = Measured.read(options.table)
        else:
            measured = _measure(options)
            measured.write(options.out)
    except (ConversionFailed, InvalidBundle, InvalidConfig, InvalidData, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(markdown(measured))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.inference", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, nargs="+", default=[], help="all variants of each")
    parser.add_argument("--run", type=Path, nargs="+", default=[], help="as ONNX in float32, and as Keras serves it")
    parser.add_argument(
        "--point",
        type=Path,
        nargs="+",
        default=[],
        help="a run timed for the plot only: float32, one image, one thread",
    )
    parser.add_argument("--openvino", type=Path, help="Python of an environment with OpenVINO: make bench-models")
    parser.add_argument("--batches", type=int, nargs="+", help=f"default: {' '.join(map(str, BATCHES))}")
    parser.add_argument("--rounds", type=int, help=f"default: {ROUNDS}")
    parser.add_argument("--quick", action="store_true", help=f"one image at a time, {QUICK_ROUNDS} rounds")
    parser.add_argument("--out", type=Path, default=Path("results/inference.json"), metavar="FILE.json")
    parser.add_argument("--table", type=Path, metavar="FILE.json", help="measure nothing, tell what is there")
    return parser.parse_args(arguments)


def _measure(options: argparse.Namespace) -> Measured:
    from benchmarks.inference.subjects import Plan, given, reference

    # One image is always timed: it is what the peers and the plot are about.
    batches = sorted({1, *(options.batches or (QUICK_BATCHES if options.quick else BATCHES))})
    plan = Plan(options.bundle, options.run, options.point, batches, bool(options.openvino))
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        # What was given first: what is wrong with it is told at once.
        found = given(plan, Path(folder))
        compared, gflops = reference(plan, Path(folder))
        return measure([*compared, *found], environments(options.openvino), rounds, gflops)


if __name__ == "__main__":
    sys.exit(main())
