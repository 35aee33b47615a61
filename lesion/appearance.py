"""What a prepared picture looks like in a few numbers, for `lesion.quality` to judge.

Every request pays for this, so it is cheap: whole numbers for sharpness, every fourth pixel or so for color.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lesion.image import Pixels

Features = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int16]

FEATURES = ("red", "blue", "red spread", "blue spread", "contrast", "edges", "edge direction")
"""Medians of the shares of red and blue in a pixel's color; logarithms of their standard deviations, of that of green,
of the mean step of green between neighbors, and of the steps to the right over those downwards."""
DARK = 40
"""Of 255. A pixel with no channel as bright is black: skin under a dermoscope's lamp never is, few lesions are."""
WHITE = 250
"""Of 255. A pixel with every channel as bright is burnt out."""
SIDE = 40
"""Rows and columns that are looked at for color, about: more tell nothing new."""
LEAST_SEEN = 16
"""Of those pixels. With fewer that are not black there is nothing to describe."""

_ROUNDING = 1 / 12
"""Variance that whole numbers add to a pixel: in a smooth picture, all the detail there is."""
_SECOND_DIFFERENCE = 6
"""Times that variance: what they add to the energy of a - 2b + c."""
_FLAT = 0.5
"""Added to an energy that divides: no detail over no detail is no sharpness."""


@dataclass(frozen=True)
class Appearance:
    """`sharpness`: energy of details over that of details twice as large, in the direction where it is least.
    `surround`: share of the picture (0 to 1) that is a black frame. Of what is not black, `brightness`: its mean (0 to
    255); `glare`: the share (0 to 1) that is burnt out; `features` float64 (7,), see `FEATURES`, None when there is
    hardly anything.
    """

    sharpness: float
    brightness: float
    glare: float
    surround: float
    features: Features | None


def look(pixels: Pixels) -> Appearance:
    """Describe a prepared picture, uint8 (S, S, 3) with S of at least 8."""
    step = max(1, pixels.shape[0] // SIDE)
    colors = np.ascontiguousarray(pixels[step // 2 :: step, step // 2 :: step].transpose(2, 0, 1))
    seen = np.maximum(np.maximum(colors[0], colors[1]), colors[2]) >= DARK
    visible = colors.reshape(3, -1).compress(seen.ravel(), axis=1)  # a tenth of the time of colors[:, seen]
    count, sharp = visible.shape[1], sharpness(pixels)
    frame = 0.0 if count == seen.size else _frame(~seen)
    if count < LEAST_SEEN:
        return Appearance(sharp, float(colors.mean()), 0.0, frame, None)
    white = np.minimum(np.minimum(visible[0], visible[1]), visible[2]) >= WHITE
    return Appearance(
        sharpness=sharp,
        brightness=float(visible.mean()),
        glare=int(np.count_nonzero(white)) / count,
        surround=frame,
        features=_features(colors[1], seen, visible.astype(np.float32)),
    )


def _frame(black: npt.NDArray[np.bool_]) -> float:
    """Share of the pixels (h, w) to which black leads without a gap from two sides of the picture or more.

    A dark lesion that touches one side is no frame.
    """
    sides = ((black, 1), (black[:, ::-1], 1), (black, 0), (black[::-1], 0))
    right, left, down, up = (np.logical_and.accumulate(plane, axis=axis).view(np.uint8) for plane, axis in sides)
    reached = right + left[:, ::-1] + down + up[::-1]
    return int(np.count_nonzero(reached >= 2)) / black.size


def sharpness(pixels: Pixels) -> float:
    """Energy of details of about 4 pixels over that of about 8, least of four directions: motion blurs only one.

    Single pixels are not looked at: their energy tells a file's origin and compression, and models do not miss it.
    """
    side = pixels.shape[0] // 4 * 4
    half = _summed(pixels[:side, :side, 1].astype(np.int16))
    quarter = _summed(half)
    fine, coarse = _energies(half, 4), _energies(quarter, 16)
    return min(max(detail, 0.0) / (max(larger, 0.0) + _FLAT) for detail, larger in zip(fine, coarse, strict=True))


def _summed(plane: Whole) -> Whole:
    """Sums of 2×2 pixels: twice summed, 16 × 255 and its second difference still fit into 16 bits."""
    rows = plane[::2] + plane[1::2]
    return rows[:, ::2] + rows[:, 1::2]


def _energies(plane: Whole, pixels: int) -> tuple[float, ...]:
    """Mean square of second differences across, down and along both diagonals, of means of so many pixels."""
    middle = 2 * plane[1:-1, 1:-1]
    noise = _ROUNDING * _SECOND_DIFFERENCE / pixels
    ends = (
        (plane[1:-1, :-2], plane[1:-1, 2:]),
        (plane[:-2, 1:-1], plane[2:, 1:-1]),
        (plane[:-2, :-2], plane[2:, 2:]),
        (plane[:-2, 2:], plane[2:, :-2]),
    )
    return tuple(_mean_square(middle - first - last) / pixels**2 - noise for first, last in ends)


def _mean_square(values: Whole) -> float:
    flat = values.astype(np.float32).ravel()
    return float(flat @ flat) / max(1, flat.size)  # below 12 px no larger detail fits


def _features(green: Pixels, seen: npt.NDArray[np.bool_], visible: Floats) -> Features:
    """`green` and `seen` of the grid (h, w), and the colors (3, n) of what is seen there."""
    total = visible[0] + visible[1] + visible[2]
    red, blue = visible[0] / total, visible[2] / total
    across = _step(green[:, :-1], green[:, 1:], seen[:, :-1] & seen[:, 1:])
    down = _step(green[:-1], green[1:], seen[:-1] & seen[1:])
    # What is added keeps a uniform picture finite, and is less than real pictures have.
    spread = np.log([_deviation(red) + 0.003, _deviation(blue) + 0.003, _deviation(visible[1]) + 2])
    edges = np.log([across + down + 0.5, (across + 0.5) / (down + 0.5)])
    return np.array([_median(red), _median(blue), *spread, *edges], np.float64)


def _step(first: Pixels, second: Pixels, both: npt.NDArray[np.bool_]) -> float:
    """Mean absolute difference where both are seen."""
    apart, count = np.maximum(first, second) - np.minimum(first, second), int(np.count_nonzero(both))
    return float((apart * both).sum(dtype=np.int32)) / max(1, count)


def _median(values: Floats) -> float:
    middle = values.size // 2
    return float(np.partition(values, middle)[middle])


def _deviation(values: Floats) -> float:
    apart = values - values.mean()
    return math.sqrt(float(np.dot(apart, apart)) / values.size)
