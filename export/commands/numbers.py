"""Numbers that options of several commands take."""

import argparse
import math


def share(text: str) -> float:
    """From 0 to 1. Raises `ArgumentTypeError`."""
    if not 0 <= (number := _finite(text)) <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text!r}")
    return number


def positive(text: str) -> float:
    """Above 0. Raises `ArgumentTypeError`."""
    if not (number := _finite(text)) > 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, received {text!r}")
    return number


def _finite(text: str) -> float:
    """NaN where it is no finite number: no comparison with it holds."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
