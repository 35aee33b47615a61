"""Random views of a lesion that keep its label: mirrored, turned, zoomed, stretched, under hairs or a ruler, out of
focus, lit differently, covered in part.

All of it happens on uint8 pixels (0…255), before the rescaling that lives in the model: color operations placed after
it would see another range and teach the model other pictures than it is tested on. `training.device_augment` does the
same where the model runs.
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from lesion.image import Pixels
from training import artifacts
from training.options.pipeline import Augmentation

_SQUARE = tuple(np.array(turn) for turn in (((1, 0), (0, 1)), ((0, 1), (-1, 0)), ((-1, 0), (0, -1)), ((0, -1), (1, 0))))
"""The four turns of the square."""


def augment(pixels: Pixels, options: Augmentation, rng: np.random.Generator) -> Pixels:
    """One random view of uint8 (S, S, 3), of the same shape."""
    if not options.on_device:
        pixels = _move(pixels, options, rng)
    pixels = _disturb(pixels, options, rng)
    if options.on_device:
        return pixels
    if options.color:
        pixels = _relight(pixels, options.color, rng)
    if options.erase and rng.random() < 0.5:
        pixels = _erase(pixels, options.erase, rng)
    return pixels


def _move(pixels: Pixels, options: Augmentation, rng: np.random.Generator) -> Pixels:
    turn, mirror = (int(rng.integers(4)), rng.random() < 0.5) if options.flips else (0, False)
    if options.rotation_degrees or options.zoom or options.stretch:
        symmetry = _SQUARE[turn] * ((-1, 1) if mirror else (1, 1))
        return sample(pixels, symmetry @ _matrix(options, rng))
    turned = np.rot90(pixels, turn)
    return np.ascontiguousarray(turned[:, ::-1] if mirror else turned)


def _matrix(options: Augmentation, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """(2, 2): what leads from a view's (x, y), counted from its center, to the picture's."""
    angle = math.radians(rng.uniform(-options.rotation_degrees, options.rotation_degrees))
    scale = 1 / (1 + rng.uniform(-options.zoom, options.zoom))
    aspect = math.sqrt(1 + rng.uniform(-options.stretch, options.stretch))
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    return np.array([[cos * aspect, -sin * aspect], [sin / aspect, cos / aspect]])


def sample(pixels: Pixels, matrix: npt.NDArray[np.float64]) -> Pixels:
    """The view that reads the picture at `matrix` · position; the picture goes on as its own reflection."""
    side = pixels.shape[0]
    # Only what the view reaches is copied: on average half of what any view could reach.
    reach = np.abs(matrix).sum(axis=1) * side / 2 + 1
    first = np.floor(side / 2 - reach).astype(int)
    columns, rows = (
        _reflected(np.arange(start, math.ceil(side / 2 + far)), side) for start, far in zip(first, reach, strict=True)
    )
    window = Image.fromarray(pixels.take(columns, axis=1).take(rows, axis=0))
    # Output pixel (x, y) reads (a x + b y + c, d x + e y + f) in the window: about the centers of both.
    (a, b), (d, e) = matrix.tolist()
    c, f = (side / 2 - first - matrix.sum(axis=1) * side / 2).tolist()
    return np.asarray(
        window.transform((side, side), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR)
    )


def _reflected(positions: npt.NDArray[np.int64], side: int) -> npt.NDArray[np.int64]:
    """Positions beyond the picture to those that mirror them, the outermost pixel not repeated."""
    period = 2 * (side - 1)
    folded = positions % period
    return np.minimum(folded, period - folded)


def _disturb(pixels: Pixels, options: Augmentation, rng: np.random.Generator) -> Pixels:
    hair, ruler = rng.random() < options.hair, rng.random() < options.ruler
    blur = rng.uniform(0, options.blur_pixels) if rng.random() < options.blur_chance and not options.on_device else 0.0
    if not (hair or ruler or blur):
        return pixels
    picture = Image.fromarray(pixels)
    picture = artifacts.hair(picture, rng) if hair else picture
    picture = artifacts.ruler(picture, rng) if ruler else picture
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)) if blur else picture)


def _relight(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    gain = rng.uniform(1 - strength, 1 + strength, 3) * rng.uniform(1 - strength, 1 + strength)
    contrast = rng.uniform(1 - strength, 1 + strength)
    # A row of all channels at a time: by threes, NumPy's inner loop would be five times slower.
    width = pixels.shape[1]
    lit = pixels.reshape(len(pixels), -1).astype(np.float32)
    lit *= np.tile((gain * contrast).astype(np.float32), width)
    lit += np.tile((gain * (128 - 128 * contrast) + 0.5).astype(np.float32), width)
    np.clip(lit, 0, 255, out=lit)
    return lit.astype(np.uint8).reshape(pixels.shape)


def _erase(pixels: Pixels, share: float, rng: np.random.Generator) -> Pixels:
    """Cutout (DeVries and Taylor, 2017): a square anywhere, cut off at the rim, in mid gray."""
    side = pixels.shape[0]
    half = rng.uniform(0, share) * side / 2
    center = rng.uniform(0, side, 2)
    top, left = np.maximum(center - half, 0).astype(int)
    bottom, right = np.minimum(center + half, side).astype(int)
    covered = pixels.copy()
    covered[top:bottom, left:right] = 128
    return covered
