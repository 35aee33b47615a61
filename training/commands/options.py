"""Options that several commands share."""

import argparse
import os
from pathlib import Path


def add_directories(parser: argparse.ArgumentParser) -> None:
    """--data, --cache and --runs."""
    add_data(parser)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where runs are written (default: runs)")


def add_data(parser: argparse.ArgumentParser) -> None:
    """--data and --cache."""
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("DERMSERVE_DATA", "data")),
        help="catalogs and initial weights (DERMSERVE_DATA; default: data)",
    )
    parser.add_argument("--cache", type=Path, default=Path("cache"), help="prepared pixels (default: cache)")
