"""How alike two pictures are in their fine detail, wherever one lies within the other.

Colors and slow shading do not count, and only the field of view of both does: the black surround of a dermoscope is
alike in all its pictures. The score is a median over small blocks, not the correlation of the whole: two small round
nevi agree as a whole and in the one block that holds them.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import binary_erosion, uniform_filter
from scipy.optimize import minimize

SIDE = 84
REACH = 6
"""Pixels by which a copy may be shifted before the fine search begins."""

_BLUR, _DARK, _RIM = 7, 40, 6
_BLOCK, _BLOCK_FILLED, _LEAST_BLOCKS = 14, 0.6, 8
_PROMISING, _PROMISING_WHOLE = 0.15, 0.2
_TURN, _ZOOM, _SHIFT = 0.03, 0.03, 2.5

Gray = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Pixel = TypeVar("Pixel", np.float32, np.bool_)


@dataclass(frozen=True)
class View:
    """Fine detail float32 (84, 84), and where the picture shows skin rather than surround."""

    detail: Floats
    seen: Mask

    @classmethod
    def of(cls, picture: Gray) -> "View":
        """The detail of a uint8 (84, 84) gray picture."""
        gray = picture.astype(np.float32)
        seen = binary_erosion(gray > _DARK, iterations=_RIM, border_value=1)
        weight = seen.astype(np.float32)
        mean = uniform_filter(gray * weight, _BLUR) / (uniform_filter(weight, _BLUR) + 1e-6)
        return cls(np.where(seen, gray - mean, 0).astype(np.float32), seen)

    @cached_property
    def spectrum(self) -> npt.NDArray[np.complex64]:
        """Fourier transform of the detail, for finding a shift."""
        return np.fft.rfft2(self.detail).astype(np.complex64)

    @cached_property
    def blocks(self) -> Mask:
        """The blocks (6, 6) that are mostly seen."""
        return _block_sums(self.seen) > _BLOCK_FILLED * _BLOCK**2

    def turned(self, symmetry: int) -> "View":
        """One of the eight symmetries of the square (`turn`); 0 is the view itself."""
        if symmetry == 0:
            return self
        return View(turn(self.detail, symmetry), turn(self.seen, symmetry))

    def shifted(self, down: int, right: int) -> "View":
        """Moved by whole pixels; what comes in at the rim is not seen."""
        seen = np.roll(self.seen, (down, right), (0, 1))
        rows, columns = _entering(down), _entering(right)
        seen[rows, :] = False
        seen[:, columns] = False
        return View(np.roll(self.detail, (down, right), (0, 1)), seen)

    def warped(self, angle: float, zoom: float, right: float, down: float) -> "View":
        """Turned by radians and zoomed about the center, then moved."""
        cos, sin, middle = math.cos(angle) / zoom, math.sin(angle) / zoom, SIDE / 2
        matrix = (
            cos,
            -sin,
            middle * (1 - cos + sin) + right,
            sin,
            cos,
            middle * (1 - sin - cos) + down,
        )
        return View(
            np.asarray(_affine(Image.fromarray(self.detail), matrix)),
            np.asarray(_affine(Image.fromarray(self.seen.astype(np.uint8) * 255), matrix)) > 200,
        )


def compare(a: View, b: View) -> float:
    """How alike two views are once b is moved onto a: the median correlation of their blocks, at most 1."""
    if (a.blocks & b.blocks).sum() < _LEAST_BLOCKS:
        return -1.0
    moved = b.shifted(*_best_shift(a, b))
    still, score = _blockwise(a, b), _blockwise(a, moved)
    if score > still:
        b = moved
    score = max(score, still)
    if score < _PROMISING or _whole(a, b) < _PROMISING_WHOLE:
        return score

    def unlike(move: npt.NDArray[np.float64]) -> float:
        angle, zoom, x, y = np.tanh(move / 2) * 2
        return -_whole(a, b.warped(angle * _TURN, math.exp(zoom * _ZOOM), x * _SHIFT, y * _SHIFT))

    start = np.vstack([np.zeros(4), np.eye(4) * 0.5])
    options = {"initial_simplex": start, "maxfev": 120, "xatol": 0.02, "fatol": 0.001}
    angle, zoom, x, y = np.tanh(minimize(unlike, start[0], method="Nelder-Mead", options=options).x / 2) * 2
    moved = b.warped(angle * _TURN, math.exp(zoom * _ZOOM), x * _SHIFT, y * _SHIFT)
    return max(score, _blockwise(a, moved))


def turn(pictures: npt.NDArray[Pixel], symmetry: int) -> npt.NDArray[Pixel]:
    """One of the eight symmetries of the square, of (…, S, S): `symmetry % 4` quarter turns, from 4 on mirrored."""
    turned = np.rot90(pictures, symmetry % 4, axes=(-2, -1))
    return turned[..., ::-1] if symmetry >= 4 else turned


def _best_shift(a: View, b: View) -> tuple[int, int]:
    """(down, right), each within `REACH`, that lays b's detail best onto a's."""
    agreement = np.fft.irfft2(a.spectrum * b.spectrum.conj(), s=(SIDE, SIDE))
    window = np.roll(agreement, (REACH, REACH), (0, 1))[: 2 * REACH + 1, : 2 * REACH + 1]
    down, right = np.unravel_index(int(window.argmax()), window.shape)
    return int(down) - REACH, int(right) - REACH


def _whole(a: View, b: View) -> float:
    both = a.seen & b.seen
    return _correlation(a.detail[both], b.detail[both]) if both.sum() > _LEAST_BLOCKS * _BLOCK**2 else -1.0


def _blockwise(a: View, b: View) -> float:
    """Median of the correlations within blocks; -1 where too little is seen in both."""
    both = a.seen & b.seen
    u, v = np.where(both, a.detail, 0), np.where(both, b.detail, 0)
    count, su, sv, suv, suu, svv = (_block_sums(values) for values in (both, u, v, u * v, u * u, v * v))
    filled = count > _BLOCK_FILLED * _BLOCK**2
    if filled.sum() < _LEAST_BLOCKS:
        return -1.0
    n = count[filled]
    covariance = suv[filled] - su[filled] * sv[filled] / n
    spread = (suu[filled] - su[filled] ** 2 / n) * (svv[filled] - sv[filled] ** 2 / n)
    return float(np.median(covariance / (np.sqrt(np.maximum(spread, 0)) + 1e-6)))


def _block_sums(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    blocks = SIDE // _BLOCK
    sums: npt.NDArray[np.float64] = values.reshape(blocks, _BLOCK, blocks, _BLOCK).sum(axis=(1, 3), dtype=np.float64)
    return sums


def _correlation(u: Floats, v: Floats) -> float:
    u, v = u - u.mean(), v - v.mean()
    return float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v) + 1e-6))


def _entering(by: int) -> slice:
    return slice(0, by) if by >= 0 else slice(by, None)


def _affine(image: Image.Image, matrix: tuple[float, ...]) -> Image.Image:
    return image.transform((SIDE, SIDE), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
