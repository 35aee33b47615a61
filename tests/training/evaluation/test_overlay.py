import io

import numpy as np
from PIL import Image

from training.evaluation.overlay import LEGEND, SIDE, overlay, upscale

GRAY = np.full((64, 64, 3), 128, np.uint8)


def painted(evidence: list[list[float]], limit: float) -> np.ndarray:
    image = Image.open(io.BytesIO(overlay(GRAY, np.array(evidence, np.float32), limit)))
    assert (image.format, image.size) == ("PNG", (SIDE, SIDE + LEGEND))
    return np.asarray(image.convert("RGB")).astype(int)


def test_evidence_for_is_orange_and_against_is_blue() -> None:
    pixels = painted([[4, -4], [0, 0]], 4)
    orange, blue, nothing = pixels[5, 5], pixels[5, -6], pixels[SIDE - 5, SIDE // 2]
    assert orange[0] > orange[2] + 80
    assert blue[2] > blue[0] + 80
    assert np.ptp(nothing) < 12


def test_weak_evidence_stays_faint() -> None:
    assert np.ptp(painted([[0.4]], 4)[50, 50]) < 30 < np.ptp(painted([[4]], 4)[50, 50])


def test_the_legend_tells_the_limit() -> None:
    assert not np.array_equal(painted([[1]], 4)[SIDE:], painted([[1]], 8)[SIDE:])


def test_a_map_is_upscaled_between_the_centers_of_its_cells() -> None:
    (row,) = upscale(np.array([[[0, 1]]], np.float32), 8)[:, 0]
    np.testing.assert_allclose(row, [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1])
