"""Colors against published values, angles against plain skin, and what has no angle."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from training.evaluation import skin_tone
from training.evaluation.cielab import lab
from training.evaluation.skin_tone import FLOORS, band, skin_masks, tones, typology_angles

SIDE = 96


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        # CIELAB (D65, 2°) of sRGB's corners, as B. Lindbloom's calculator and others publish them.
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((128, 128, 128), (53.59, 0.0, 0.0)),
    ],
)
def test_colors_are_those_published(rgb: tuple[int, int, int], expected: tuple[float, ...]) -> None:
    assert lab(np.array(rgb, np.uint8)).tolist() == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("degrees", "name"),
    [
        (55.1, "very light"),
        (55.0, "light"),
        (41.0, "intermediate"),
        (28.0, "tan"),
        (10.0, "brown"),
        (-30.0, "dark"),
        (-80.0, "dark"),
        (float("nan"), None),
    ],
)
def test_bands_end_where_they_should(degrees: float, name: str | None) -> None:
    assert band(degrees) == name


def test_bands_are_listed_from_light_to_dark() -> None:
    assert list(FLOORS.values()) == sorted(FLOORS.values(), reverse=True)


def test_the_angle_is_that_of_the_skin_alone() -> None:
    skin = (222, 178, 158)
    plain = np.full((SIDE, SIDE, 3), skin, np.uint8)
    canvas = Image.fromarray(plain)
    pen = ImageDraw.Draw(canvas)
    pen.ellipse((35, 35, 60, 60), fill=(90, 50, 40))
    pen.line((0, 10, SIDE, 20), fill=(40, 30, 28), width=2)
    covered = np.asarray(canvas).copy()
    along = np.arange(SIDE) - (SIDE - 1) / 2
    covered[np.hypot(along[:, None], along) > 0.55 * SIDE] = 5
    lightness, _, yellow = lab(np.array(skin, np.uint8)).tolist()
    expected = np.degrees(np.arctan2(lightness - 50, yellow))
    assert typology_angles(np.stack([plain, covered])).tolist() == pytest.approx([expected, expected], abs=0.01)
    assert not skin_masks(covered[None])[0][covered.sum(axis=2) < 400].any()


def test_darker_skin_has_a_smaller_angle() -> None:
    shades = [(240, 205, 185), (205, 160, 125), (140, 95, 65), (88, 58, 42)]
    angles = typology_angles(np.stack([np.full((SIDE, SIDE, 3), shade, np.uint8) for shade in shades]))
    assert (np.diff(angles) < 0).all()
    assert band(angles[0]) == "very light"
    assert band(angles[-1]) == "dark"


def test_bluish_or_hidden_skin_has_no_band() -> None:
    bluish = np.full((SIDE, SIDE, 3), (190, 185, 200), np.uint8)
    hidden = np.zeros((SIDE, SIDE, 3), np.uint8)
    assert tones(["a", "b"], np.stack([bluish, hidden])) == {"a": None, "b": None}


def test_angles_do_not_depend_on_how_many_masks_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    skin = np.array([(222, 178, 158), (150, 98, 70), (90, 60, 45)], np.uint8)
    images = np.broadcast_to(skin[:, None, None], (3, SIDE, SIDE, 3)).copy()
    whole = typology_angles(images)
    monkeypatch.setattr(skin_tone, "CHUNK", 2)
    assert typology_angles(images).tolist() == whole.tolist()
    assert len(set(whole.tolist())) == 3
