"""What is painted on pictures to see whether a model minds: hairs, a ruler, marker ink, a dark surround."""

import hashlib
import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from training import artifacts
from training.evaluation.subject import Images

Paint = Callable[[Images, np.random.Generator], Images]
"""One picture uint8 (S, S, 3) to the same under paint."""

_OVERSAMPLING = 3
_VIOLET = ((86, 38, 150), (52, 60, 160), (110, 40, 140))
"""Of surgical markers (gentian violet and its kin), as they look on skin."""
_MARKS = (2, 6)
_RING = (0.36, 0.47)
"""Of the side: where ink lies, measured from the middle: around a lesion, not on it."""
_FIELD = (0.5, 0.58)
"""Of the side: radius of a painted field of view. The corners of the picture are at 0.71."""
_EDGE = 0.02
_SURROUND = (14.0, 11.0, 12.0)


def painted(images: Images, names: Sequence[str], paint: Paint, *, seed: int) -> Images:
    """Every one of uint8 (N, S, S, 3) under its own paint, which depends on its name and the seed alone."""
    rngs = (np.random.default_rng([seed, _number(name)]) for name in names)
    return np.stack([paint(picture, rng) for picture, rng in zip(images, rngs, strict=True)])


def hair(picture: Images, rng: np.random.Generator) -> Images:
    """A few dark hairs across the picture, as `training.artifacts` draws them."""
    return np.asarray(artifacts.hair(Image.fromarray(picture), rng))


def ruler(picture: Images, rng: np.random.Generator) -> Images:
    """The ticks of a ruler along a border, as `training.artifacts` draws them."""
    return np.asarray(artifacts.ruler(Image.fromarray(picture), rng))


def ink(picture: Images, rng: np.random.Generator) -> Images:
    """Strokes and dots of a surgical marker around the middle."""
    side = len(picture) * _OVERSAMPLING
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    for _ in range(rng.integers(*_MARKS)):
        _mark(pen, side, rng)
    soft = mask.reduce(_OVERSAMPLING).filter(ImageFilter.GaussianBlur(len(picture) / 200))
    strength = np.asarray(soft)[..., None] / 255 * rng.uniform(0.6, 0.9)
    color = np.array(_VIOLET[int(rng.integers(len(_VIOLET)))])
    # Ink is seen through: it takes from the light that the skin gives back.
    inked: Images = np.rint(picture * (1 - strength * (1 - color / 255))).astype(np.uint8)
    return inked


def dark_corners(picture: Images, rng: np.random.Generator) -> Images:
    """The black surround of a round field of view, its edge a little soft."""
    along = (np.arange(len(picture)) + 0.5) / len(picture) - 0.5
    radius = np.hypot(along[:, None], along)
    light = np.clip((rng.uniform(*_FIELD) - radius) / _EDGE + 0.5, 0, 1)[..., None]
    framed: Images = np.rint(picture * light + np.array(_SURROUND) * (1 - light)).astype(np.uint8)
    return framed


def _mark(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator) -> None:
    """A curved stroke along the ring, or a dot."""
    turn, reach, width = rng.uniform(0, 2 * math.pi), rng.uniform(*_RING), rng.uniform(0.012, 0.03) * side
    length = rng.uniform(0.05, 0.7) if rng.random() < 0.8 else 0.0
    turns = turn + np.linspace(0, length, 16)
    distance = reach + np.cumsum(rng.normal(0, 0.003, 16))
    points = (0.5 + distance[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)) * side
    for x, y in _dense(points):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def _dense(points: npt.NDArray[np.float64]) -> list[tuple[float, float]]:
    """The same way in small steps."""
    fine, coarse = np.linspace(0, len(points) - 1, 12 * len(points)), np.arange(len(points))
    return list(zip(*(np.interp(fine, coarse, axis).tolist() for axis in points.T), strict=True))


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
