"""One picture is known again however a program changed it; two lesions drawn alike are not taken for one."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from training.drawing import draw
from training.resemblance import ONE_PICTURE, SYMMETRIES, find
from training.views import SIDE, View, compare


def picture(category: str, seed: int) -> Image.Image:
    """A drawn lesion with some texture of skin, which a smooth drawing lacks."""
    rng = np.random.default_rng(seed)
    image = draw(category, (168, 126), rng)
    grain = Image.fromarray(rng.integers(96, 160, (42, 56), np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    return Image.blend(image, grain.convert("RGB"), 0.25)


def gray(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def recompressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.resize((100, 75), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=60)
    return Image.open(buffer)


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "recompressed and smaller": recompressed,
    "recolored": lambda image: ImageEnhance.Color(ImageEnhance.Contrast(image).enhance(1.3)).enhance(0.3),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.7),
    "shifted": lambda image: image.crop((6, 4, 168, 126)).resize(image.size),
    "turned a little": lambda image: image.rotate(2, Image.Resampling.BICUBIC, fillcolor=(200, 170, 150)),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda image: image.transpose(Image.Transpose.ROTATE_180),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_among_other_lesions(change: str) -> None:
    lesions = [picture("MEL", seed) for seed in range(12)]
    copy = CHANGES[change](lesions[7])
    found = find([gray(image) for image in (*lesions, copy)])
    assert [(pair.a, pair.b) for pair in found] == [(7, 12)]
    assert ONE_PICTURE < found[0].score <= 1


@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_every_symmetry_of_the_square_is_undone(symmetry: int) -> None:
    square = gray(picture("BKL", 1))
    turned = np.rot90(square, symmetry % 4)
    turned = turned[:, ::-1] if symmetry >= 4 else turned
    (pair,) = find([turned, square])
    assert pair.symmetry == symmetry
    assert pair.score > 0.95


def test_several_processes_find_what_one_finds() -> None:
    lesions = [picture("MEL", seed) for seed in range(6)]
    pictures = [gray(image) for image in (*lesions, recompressed(lesions[2]), CHANGES["mirrored"](lesions[4]))]
    assert find(pictures, processes=2) == find(pictures)
    assert [(pair.a, pair.b) for pair in find(pictures)] == [(2, 6), (4, 7)]


def test_small_round_nevi_in_a_dark_surround_are_not_one_picture() -> None:
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(y - 42, x - 42)
    views = []
    for seed in range(2):
        skin = np.random.default_rng(seed).normal(200, 4, (SIDE, SIDE))
        skin[distance < 6] -= 90
        skin[distance > 34] = 0
        views.append(skin.clip(0, 255).astype(np.uint8))
    assert compare(View.of(views[0]), View.of(views[1])) < ONE_PICTURE / 2
    assert find(views) == []


def test_what_is_all_black_resembles_nothing() -> None:
    black = np.zeros((SIDE, SIDE), np.uint8)
    assert compare(View.of(black), View.of(black)) == -1
    assert find([black, black]) == []


def test_no_picture_and_one_picture_have_no_pair() -> None:
    assert find([]) == []
    assert find([gray(picture("NV", 0))]) == []
