"""Random views of a lesion that keep its label: mirrored, turned, zoomed, stretched, lit differently, covered in part.

All of it happens on uint8 pixels (0…255), before the rescaling that lives in the model: colour operations placed after
it would see another range and teach the model other pictures than it is tested on.
"""

import math

import numpy as np
from PIL import Image

from lesion.image import Pixels
from training.config import Augmentation


def augment(pixels: Pixels, options: Augmentation, rng: np.random.Generator) -> Pixels:
    """One random view of uint8 (S, S, 3), of the same shape."""
    if options.flips:
        pixels = np.rot90(pixels, k=int(rng.integers(4)))
        pixels = pixels[:, ::-1] if rng.random() < 0.5 else pixels
    if options.rotation_degrees or options.zoom or options.stretch:
        pixels = _warp(pixels, options, rng)
    if options.color:
        pixels = _relight(pixels, options.color, rng)
    if options.erase and rng.random() < 0.5:
        pixels = _erase(pixels, options.erase, rng)
    return np.ascontiguousarray(pixels)


def _warp(pixels: Pixels, options: Augmentation, rng: np.random.Generator) -> Pixels:
    side = pixels.shape[0]
    margin = math.ceil(side * _reach(options)) + 1
    padded = np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    angle = math.radians(rng.uniform(-options.rotation_degrees, options.rotation_degrees))
    scale = 1 / (1 + rng.uniform(-options.zoom, options.zoom))
    aspect = math.sqrt(1 + rng.uniform(-options.stretch, options.stretch))
    # Output pixel (x, y) reads input pixel (a x + b y + c, d x + e y + f): turn and scale about the center.
    a, b = math.cos(angle) * scale * aspect, -math.sin(angle) * scale * aspect
    d, e = math.sin(angle) * scale / aspect, math.cos(angle) * scale / aspect
    middle, target = padded.shape[0] / 2, side / 2
    c, f = middle - (a + b) * target, middle - (d + e) * target
    view = Image.fromarray(padded).transform(
        (side, side), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
    )
    return np.asarray(view)


def _reach(options: Augmentation) -> float:
    """How far outside the picture a view may look, as a share of the side: the reflected margin it needs."""
    turned = math.radians(min(options.rotation_degrees, 45.0))
    corner = 0.5 * (math.cos(turned) + math.sin(turned))
    stretched = max(math.sqrt(1 + options.stretch), 1 / math.sqrt(1 - options.stretch))
    return corner / (1 - options.zoom) * stretched - 0.5


def _relight(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    gain = rng.uniform(1 - strength, 1 + strength, 3) * rng.uniform(1 - strength, 1 + strength)
    contrast = rng.uniform(1 - strength, 1 + strength)
    levels = np.arange(256, dtype=np.float32)[:, None]
    table = ((levels - 128) * contrast + 128) * gain
    lit = np.clip(table + 0.5, 0, 255).astype(np.uint8)
    return np.stack([lit[pixels[..., channel], channel] for channel in range(3)], axis=-1)


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
