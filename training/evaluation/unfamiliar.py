"""Pictures that are no dermoscopic image: what an unknown score should find strange. None shows a patient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib import cbook
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from lesion.diagnosis import CODES
from training.drawing import draw
from training.evaluation.subject import Images

EACH = 24
"""Pictures of each kind."""
FINEST_PX, COARSEST_PX = 4, 40
"""Least and greatest side of a field of a checkerboard."""

Picture = npt.NDArray[np.uint8]
"""uint8 (S, S, 3), RGB."""
Make = Callable[[int, np.random.Generator], Picture]


@dataclass(frozen=True)
class Unfamiliar:
    """`images` uint8 (M, S, S, 3), RGB; `kind` (M,), what each is."""

    images: Images
    kind: npt.NDArray[np.str_]


def unfamiliar(size: int, *, seed: int = 0) -> Unfamiliar:
    """`EACH` pictures of every kind, of side `size`, always the same for a seed."""
    rng = np.random.default_rng(seed)
    pictures = [make(size, rng) for make in KINDS.values() for _ in range(EACH)]
    return Unfamiliar(np.stack(pictures), np.repeat(list(KINDS), EACH))


def _noise(size: int, rng: np.random.Generator) -> Picture:
    return rng.integers(0, 256, (size, size, 3), np.uint8)


def _plain(size: int, rng: np.random.Generator) -> Picture:
    return np.broadcast_to(_color(rng), (size, size, 3)).copy()


def _gradient(size: int, rng: np.random.Generator) -> Picture:
    """From one color to another, in any direction."""
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    share = (np.cos(turn) * x + np.sin(turn) * y) / (2 * np.sqrt(2)) + 0.5
    first, last = _color(rng), _color(rng)
    blend: Picture = (first + share[..., None] * (last.astype(np.float64) - first)).astype(np.uint8)
    return blend


def _checkerboard(size: int, rng: np.random.Generator) -> Picture:
    y, x = np.indices((size, size)) // rng.integers(FINEST_PX, COARSEST_PX)
    board: Picture = np.where(((x + y) % 2 == 0)[..., None], _color(rng), _color(rng))
    return board


def _writing(size: int, rng: np.random.Generator) -> Picture:
    """Rows of dark strokes on white: a page that was photographed by mistake."""
    page = Image.new("RGB", (size, size), (250, 250, 246))
    pen, line = ImageDraw.Draw(page), int(rng.integers(10, 22))
    for top in range(line // 2, size - line, line):
        left = line // 2
        while left < size - line:
            ends = np.array([left, top]) + rng.uniform(0, line * 0.7, (4, 2))
            pen.line([tuple(end) for end in ends.tolist()], fill=(30, 30, 40), width=max(1, line // 9))
            left += line * int(rng.choice([1, 1, 1, 2]))
    return np.asarray(page)


def _negative(size: int, rng: np.random.Generator) -> Picture:
    """A drawn lesion, its colors inverted."""
    return 255 - np.asarray(draw(str(rng.choice(CODES)), (size, size), rng))


def _photograph(size: int, rng: np.random.Generator) -> Picture:
    """A square out of a photograph of a temple, a flower or a person in uniform."""
    shown = _photographs()
    whole = shown[int(rng.integers(len(shown)))]
    side = int(rng.uniform(0.3, 0.9) * min(whole.size))
    left, top = (int(rng.integers(length - side)) for length in whole.size)
    tile = whole.crop((left, top, left + side, top + side))
    return np.asarray(tile.resize((size, size), Image.Resampling.BICUBIC))


def _photographs() -> list[Image.Image]:
    """Those that the installed packages bring along."""
    with Image.open(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))) as person:
        return [*map(Image.fromarray, load_sample_images().images), person.convert("RGB")]


def _color(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    return rng.integers(0, 256, 3, np.uint8)


KINDS: dict[str, Make] = {
    "noise": _noise,
    "plain color": _plain,
    "gradient": _gradient,
    "checkerboard": _checkerboard,
    "writing": _writing,
    "negative of a drawn lesion": _negative,
    "photograph": _photograph,
}
"""What there is, and how it is made."""
