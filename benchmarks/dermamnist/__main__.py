"""DermaMNIST's official protocol: 28 px, the official split, all 10,015 pictures, and nothing else.

    python -m benchmarks.dermamnist --images dermamnist_28x28.zip --labels dermamnist_labels.csv [--seeds 0 1 2]

Random weights, the picture alone, no other data. Val chooses the epoch; the test part is opened once, when every seed's
network is trained. Finished networks are kept, so the command goes on where it was stopped. Writes dermamnist-test.md
and .json into --out and prints the table beside the published rows. Six minutes a seed on one core.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from benchmarks.dermamnist.measure import measure
from benchmarks.dermamnist.recipe import CONFIG
from benchmarks.dermamnist.source import Source


def main() -> None:
    """Train what is missing, ask, print."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.dermamnist", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=Path, required=True, help="folder or zip, pictures named as in the labels")
    parser.add_argument("--labels", type=Path, required=True, help="CSV of image_id, dx")
    parser.add_argument("--out", type=Path, default=Path("dermamnist"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--part", choices=("val", "test"), default="test", help="`val` leaves test shut (default: test)"
    )
    options = parser.parse_args()
    source = Source.read(options.labels, options.images, CONFIG.image, options.out / "cache")
    measured = measure(CONFIG, source, options.out, options.seeds, options.part)
    measured.write(options.out)
    print(measured.markdown())


if __name__ == "__main__":
    main()
