"""A mask must find lesions whose place is known, and say so where there is none."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.paths import data_file
from training.drawing import draw
from training.evaluation.lesion_mask import lesion_masks, otsu, surround_masks

SIDE = 160


def drawn_disk(category: str, seed: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """A drawn lesion and the disk it was drawn as: `draw` takes skin, center and radius from the generator in turn."""
    picture = np.asarray(draw(category, (SIDE, SIDE), np.random.default_rng(seed)))
    twin = np.random.default_rng(seed)
    twin.normal(0, 8, 3)
    x, y = twin.uniform(0.45, 0.55), twin.uniform(0.45, 0.55)
    radius = twin.uniform(0.24, 0.34) * share
    along = (np.arange(SIDE) + 0.5) / SIDE
    return picture, np.hypot(along - x, (along - y)[:, None]) < radius


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.mark.parametrize(("category", "share"), [("NV", 0.8), ("VASC", 0.9), ("BKL", 1.0), ("MEL", 1.0)])
def test_a_drawn_lesion_is_found(category: str, share: float) -> None:
    pairs = [drawn_disk(category, seed, share) for seed in range(6)]
    found = lesion_masks(np.stack([picture for picture, _ in pairs]))
    overlap = [dice(mask, truth) for mask, (_, truth) in zip(found, pairs, strict=True)]
    # A melanoma's outline is far from the disk it is drawn around.
    assert np.mean(overlap) > (0.8 if category == "MEL" else 0.9), overlap


def test_hairs_and_a_dark_surround_are_no_lesion() -> None:
    canvas = Image.new("RGB", (SIDE, SIDE), (222, 178, 158))
    pen = ImageDraw.Draw(canvas)
    pen.ellipse((60, 55, 105, 100), fill=(120, 70, 50))
    for start in range(0, SIDE, 20):
        pen.line((start, 0, start + 40, SIDE), fill=(40, 30, 28), width=2)
    picture = np.asarray(canvas).copy()
    along = np.arange(SIDE) - (SIDE - 1) / 2
    outside = np.hypot(along[:, None], along) > 0.52 * SIDE
    picture[outside] = 8
    surround, lesion = surround_masks(picture[None])[0], lesion_masks(picture[None])[0]
    assert surround[outside].mean() > 0.9
    assert not surround[40:120, 40:120].any()
    assert not (lesion & outside).any()
    assert lesion.sum() == pytest.approx(math.pi * 22.5**2, rel=0.35)


def test_plain_skin_has_neither_lesion_nor_surround() -> None:
    skin = np.full((1, SIDE, SIDE, 3), (222, 178, 158), np.uint8)
    assert not lesion_masks(skin).any()
    assert not surround_masks(skin).any()


def test_a_black_picture_is_all_surround() -> None:
    black = np.zeros((1, 64, 64, 3), np.uint8)
    assert surround_masks(black).all()
    assert not lesion_masks(black).any()


def test_otsu_parts_two_heaps() -> None:
    values = np.concatenate([np.full(90, 1.0), np.full(10, 9.0)]).astype(np.float32)
    assert 1.0 < otsu(values) < 9.0


@pytest.mark.data
def test_on_real_pictures_the_mask_lies_inside_and_is_darker_than_the_rest() -> None:
    folder = data_file("originals")
    files = sorted(folder.glob("*.jpg"))[:12]
    pictures = np.stack([np.asarray(Image.open(file).convert("RGB").resize((SIDE, SIDE))) for file in files])
    masks = lesion_masks(pictures)
    gray = pictures.mean(axis=3)
    darker = [gray[k][mask].mean() < gray[k][~mask].mean() for k, mask in enumerate(masks) if mask.any()]
    assert masks.any(axis=(1, 2)).mean() > 0.9
    assert np.mean(darker) > 0.8
