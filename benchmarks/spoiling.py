"""Pictures that nobody should diagnose from: good ones spoiled step by step, and ones that show no lesion at all."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from sklearn.datasets import load_sample_images

from lesion.image import ImageSpec, Pixels, prepare
from training.drawing import draw

Spoil = Callable[[Pixels], tuple[Pixels, tuple[int, int]]]
"""A prepared square to the spoiled one, and the size (width, height) that its file would have."""
ORIGINAL = (600, 450)
FRAME = 2
"""Of 255: what is black in a photograph."""
CROPS = 60
"""Of a photograph."""
WORDS = ("Diagnosis", "of", "the", "patient", "0123", "result", "see", "letter", "report", "normal", "mg", "page")


def spoilings() -> dict[str, Spoil]:
    """By what was done, in order of severity within each kind."""
    return {
        "as they are": lambda pixels: (pixels, ORIGINAL),
        **{f"{side} px on the shorter side": partial(_shrunk, side) for side in (112, 84, 64, 48, 32, 24)},
        **{f"Gaussian blur, sigma {sigma} px": partial(_blurred, sigma) for sigma in (1, 1.5, 2, 3, 4)},
        **{f"motion blur, {length} px": partial(_moved, length) for length in (5, 8, 12)},
        **{f"motion blur, {length} px diagonally": partial(_moved_diagonally, length) for length in (5, 9)},
        **{f"light × {light}": partial(_lit, light) for light in (0.6, 0.4, 0.25, 0.15, 1.2, 1.5, 2, 3)},
        **{f"black frame, {share:.0%}": partial(_framed, share) for share in (0.2, 0.4, 0.6, 0.8)},
    }


def strangers(size: int, photographs: Path | None) -> Iterator[tuple[str, list[Pixels]]]:
    """Pictures of other things, as prepared squares: name and pictures of each kind."""
    rng = np.random.default_rng(0)
    shots: Mapping[str, Image.Image] = _photographs(photographs)
    for name, shot in shots.items():
        yield f"crops of the photograph {name}", [_square(part, size) for part in _crops(shot, rng)]
    yield "pages of text", [_square(_page(rng), size) for _ in range(CROPS)]
    colors = [(int(rng.integers(256)), int(rng.integers(256)), int(rng.integers(256))) for _ in range(CROPS)]
    yield "one color, skin among them", [_square(Image.new("RGB", ORIGINAL, each), size) for each in colors]
    yield "noise", [rng.integers(0, 256, (size, size, 3), np.uint8) for _ in range(CROPS)]


def drawn(size: int, count: int) -> list[Pixels]:
    """Drawn lesions, which stay answerable: everything can be tried with them."""
    rng = np.random.default_rng(0)
    categories = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC")
    return [_square(draw(categories[number % 8], ORIGINAL, rng), size) for number in range(count)]


def _square(picture: Image.Image, size: int) -> Pixels:
    return prepare(picture.convert("RGB"), ImageSpec(size=size))


def _shrunk(side: int, pixels: Pixels) -> tuple[Pixels, tuple[int, int]]:
    size = (round(side * 4 / 3), side)
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    return _square(small, pixels.shape[0]), size


def _blurred(sigma: float, pixels: Pixels) -> tuple[Pixels, tuple[int, int]]:
    return _whole(ndimage.gaussian_filter(pixels.astype(np.float32), (sigma, sigma, 0))), ORIGINAL


def _moved(length: int, pixels: Pixels) -> tuple[Pixels, tuple[int, int]]:
    return _whole(ndimage.uniform_filter1d(pixels.astype(np.float32), length, axis=1)), ORIGINAL


def _moved_diagonally(length: int, pixels: Pixels) -> tuple[Pixels, tuple[int, int]]:
    trace = np.eye(length, dtype=np.float32)[:, :, None] / length
    return _whole(ndimage.convolve(pixels.astype(np.float32), trace)), ORIGINAL


def _lit(light: float, pixels: Pixels) -> tuple[Pixels, tuple[int, int]]:
    return _whole(pixels * np.float32(light)), ORIGINAL


def _framed(share: float, pixels: Pixels) -> tuple[Pixels, tuple[int, int]]:
    """The whole picture within a round field that leaves this share black."""
    side = pixels.shape[0]
    field = round(side * min(1.0, np.sqrt((1 - share) * 4 / np.pi)))
    y, x = np.mgrid[-1 : 1 : field * 1j, -1 : 1 : field * 1j]
    inner = np.asarray(Image.fromarray(pixels).resize((field, field), Image.Resampling.BICUBIC))
    reach = np.sqrt((1 - share) * 4 / np.pi) * side / field
    framed, start = np.full_like(pixels, FRAME), (side - field) // 2
    framed[start : start + field, start : start + field] = np.where((np.hypot(x, y) < reach)[..., None], inner, FRAME)
    return framed, ORIGINAL


def _whole(values: npt.NDArray[np.float32]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _photographs(folder: Path | None) -> dict[str, Image.Image]:
    samples = load_sample_images()
    found = {
        Path(name).stem: Image.fromarray(array) for name, array in zip(samples.filenames, samples.images, strict=True)
    }
    found["grace_hopper"] = Image.open(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg").convert("RGB")
    files = sorted(folder.iterdir()) if folder else []
    return found | {file.stem: Image.open(file).convert("RGB") for file in files}


def _crops(shot: Image.Image, rng: np.random.Generator) -> Iterator[Image.Image]:
    yield shot
    for _ in range(CROPS - 1):
        width, height = (int(side * rng.uniform(0.3, 1)) for side in shot.size)
        left, top = int(rng.integers(shot.width - width + 1)), int(rng.integers(shot.height - height + 1))
        yield shot.crop((left, top, left + width, top + height))


def _page(rng: np.random.Generator) -> Image.Image:
    """Lines of words, dark on light or, every fourth page, light on dark."""
    light, dark = (int(rng.integers(235, 256)),) * 3, (30, 32, 36)
    paper, ink = (dark, light) if rng.random() < 0.25 else (light, dark)
    page = Image.new("RGB", (800, 600), paper)
    letters = int(rng.integers(10, 32))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=letters)
    for y in range(20, 590, round(letters * 1.4)):
        pen.text((30, y), " ".join(rng.choice(WORDS, rng.integers(1, 14))), fill=ink, font=font)
    return page
