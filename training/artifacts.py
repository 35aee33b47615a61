"""Draws what lies on many dermoscopic photographs and says nothing of the lesion: hairs and rulers.

A model that sees them on any picture cannot take them for a sign of the category they happen to accompany.
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Points = npt.NDArray[np.float64]
"""float64 (…, 2): x and y."""

_OVERSAMPLING = 3
_STEPS = 12
"""Straight pieces a hair is drawn in."""
_MAX_HAIRS = 16


def hair(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A square RGB picture under a few dark, curved hairs that lie roughly one way; some are cut short."""
    side = picture.width * _OVERSAMPLING
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    heading, spread, thickness = rng.uniform(0, 2 * math.pi), rng.uniform(0.1, 0.8), rng.uniform(0.003, 0.007) * side
    longest = rng.uniform(0.08, 0.2) if rng.random() < 0.25 else rng.uniform(0.5, 1.4)
    for _ in range(rng.integers(1, _MAX_HAIRS + 1)):
        strand = _strand(heading + rng.normal(0, spread), longest * rng.uniform(0.4, 1), rng) * side
        opacity, width = int(rng.uniform(120, 230)), thickness * rng.uniform(0.6, 1.4)
        root, tip = strand[: 2 * _STEPS // 3 + 1], strand[2 * _STEPS // 3 :]
        pen.line(root.ravel().tolist(), fill=opacity, width=max(1, round(width)), joint="curve")
        pen.line(tip.ravel().tolist(), fill=opacity, width=max(1, round(width * 0.6)), joint="curve")
    shade = rng.uniform(0, 1)
    return _ink(picture, mask, (round(18 + 50 * shade), round(14 + 26 * shade), round(16 + 12 * shade)))


def ruler(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A square RGB picture with the ticks of a ruler along one of its borders, with or without their line."""
    side = picture.width * _OVERSAMPLING
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    opacity, width = int(rng.uniform(150, 240)), max(1, round(rng.uniform(0.003, 0.006) * side))
    ticks = _ticks(rng)
    lines = [*ticks, ticks[[0, -1], 0]] if rng.random() < 0.6 else list(ticks)
    border = int(rng.integers(4))
    for line in lines:
        pen.line((_border(line, border) * side).ravel().tolist(), fill=opacity, width=width)
    return _ink(picture, mask, (28, 26, 30))


def _ticks(rng: np.random.Generator) -> Points:
    """Foot and head of each tick of a ruler along the top border of the unit square, float64 (ticks, 2, 2)."""
    pitch, length, depth = rng.uniform(0.025, 0.07), rng.uniform(0.012, 0.03), rng.uniform(0.03, 0.16)
    numbers = np.arange(int(rng.uniform(0.3, 0.9) / pitch) + 1)
    every = int(rng.choice([5, 10]))
    tall = (numbers + rng.integers(every)) % every == 0
    tilt = rng.normal(0, 0.12)
    along, inward = np.array([math.cos(tilt), math.sin(tilt)]), np.array([-math.sin(tilt), math.cos(tilt)])
    start = np.array([rng.uniform(0, 1 - numbers[-1] * pitch), depth])
    feet = start + along * pitch * numbers[:, None]
    ticks: Points = np.stack([feet, feet + inward * length * np.where(tall, 1.8, 1)[:, None]], axis=1)
    return ticks


def _border(points: Points, border: int) -> Points:
    """Points at the top border to those at one of the four; unit square."""
    placed = points[..., ::-1] if border % 2 else points
    return placed if border < 2 else 1 - placed


def _strand(heading: float, length: float, rng: np.random.Generator) -> Points:
    """A curve from anywhere in the unit square, float64 (steps + 1, 2)."""
    way = np.linspace(-0.5, 0.5, _STEPS)
    # The longer, the more it bends.
    waves = rng.normal(0, 0.3) * np.sin(2 * math.pi * (way + rng.random()))
    turns = heading + (rng.normal(0, 1.0) * way + waves) * min(1.0, length)
    steps = np.stack([np.cos(turns), np.sin(turns)], axis=1) * length / _STEPS
    curve: Points = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    curve += rng.uniform(-0.1, 1.1, 2) - curve[_STEPS // 2]
    return curve


def _ink(picture: Image.Image, mask: Image.Image, color: tuple[int, int, int]) -> Image.Image:
    inked = picture.copy()
    inked.paste(color, mask=mask.reduce(_OVERSAMPLING))
    return inked
