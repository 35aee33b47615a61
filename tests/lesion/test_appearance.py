import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from lesion.appearance import FEATURES, look, sharpness
from lesion.image import Pixels

SIDE = 96


def textured(seed: int = 0) -> Pixels:
    """Skin colors with details of every size."""
    rng = np.random.default_rng(seed)
    detail = sum(ndimage.zoom(rng.normal(0, 6, (SIDE // k, SIDE // k)), k, order=1) for k in (1, 2, 4, 8))
    skin = np.array([190, 150, 140]) + np.asarray(detail)[..., None] * [0.7, 1.0, 1.1]
    picture: Pixels = np.clip(np.rint(skin), 0, 255).astype(np.uint8)
    return picture


def moved(pixels: Pixels, kernel: np.ndarray) -> Pixels:
    blurred = ndimage.convolve(pixels.astype(np.float32), kernel[..., None] / kernel.sum())
    picture: Pixels = np.rint(blurred).astype(np.uint8)
    return picture


def test_sharpness_falls_the_more_a_picture_is_blurred() -> None:
    picture = textured()
    found = [
        sharpness(np.rint(ndimage.gaussian_filter(picture.astype(np.float32), (sigma, sigma, 0))).astype(np.uint8))
        for sigma in (0, 1, 2, 3)
    ]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 3


@pytest.mark.parametrize("trace", [np.ones((1, 9)), np.ones((9, 1)), np.eye(7), np.eye(7)[::-1]])
def test_motion_in_any_direction_lowers_sharpness(trace: np.ndarray) -> None:
    assert sharpness(moved(textured(), trace)) < sharpness(textured()) / 2


def test_sharpness_is_the_same_with_half_the_contrast() -> None:
    picture = textured()
    flat = np.rint(picture / 2 + 64).astype(np.uint8)
    assert sharpness(flat) == pytest.approx(sharpness(picture), rel=0.1)


def test_a_smooth_ramp_has_no_sharpness_although_its_pixels_are_whole_numbers() -> None:
    ramp = np.repeat(np.linspace(80, 200, SIDE).astype(np.uint8)[None, :, None], SIDE, axis=0).repeat(3, axis=2)
    assert sharpness(ramp) < 0.2


def test_brightness_is_of_what_the_frame_leaves() -> None:
    picture = textured()
    framed = picture.copy()
    framed[:24] = framed[-24:] = 3
    seen = look(framed)
    assert seen.surround == pytest.approx(0.5)
    assert seen.brightness == pytest.approx(look(picture).brightness, rel=0.02)
    assert look(picture).surround == 0


def test_a_black_lesion_is_no_frame() -> None:
    picture = textured()
    picture[30:66, :50] = 20  # it touches one side
    assert look(picture).surround == 0


def test_a_round_field_is_framed_by_its_corners() -> None:
    picture = textured()
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    picture[np.hypot(x, y) > 1] = 0
    assert look(picture).surround == pytest.approx(1 - np.pi / 4, abs=0.02)


def test_glare_is_the_share_burnt_out() -> None:
    picture = textured()
    picture[:, :48] = 255
    assert look(picture).glare == pytest.approx(0.5)


def test_features_do_not_see_the_frame() -> None:
    picture = textured()
    framed = picture.copy()
    framed[:32] = framed[-32:] = 0
    plain, cut = look(picture).features, look(framed).features
    assert plain is not None
    assert cut is not None
    np.testing.assert_allclose(cut, plain, atol=0.2)


def test_features_tell_color_and_the_direction_of_edges() -> None:
    picture = textured()
    striped = picture.copy()
    striped.reshape(SIDE, SIDE // 8, 8, 3)[:, :, :4] //= 2
    seen, stripes = look(picture).features, look(striped).features
    assert seen is not None
    assert stripes is not None
    named, other = dict(zip(FEATURES, seen, strict=True)), dict(zip(FEATURES, stripes, strict=True))
    assert named["red"] == pytest.approx(190 / 480, abs=0.01)
    assert named["blue"] == pytest.approx(140 / 480, abs=0.01)
    assert abs(named["edge direction"]) < 0.3
    assert abs(other["edge direction"]) > 0.5


def test_a_black_picture_has_no_features() -> None:
    seen = look(np.zeros((32, 32, 3), np.uint8))
    assert seen.features is None
    assert (seen.brightness, seen.surround, seen.glare) == (0, 1, 0)


@settings(deadline=None)
@given(side=st.integers(16, 70), seed=st.integers(0, 99), low=st.integers(0, 255), spread=st.integers(0, 255))
def test_every_picture_has_finite_numbers(side: int, seed: int, low: int, spread: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(low, min(255, low + spread) + 1, (side, side, 3), np.uint8)
    seen = look(picture)
    numbers = [seen.sharpness, seen.brightness, seen.glare, seen.surround]
    assert np.isfinite(numbers).all()
    assert {type(number) for number in numbers} == {float}  # an answer is written as JSON
    assert seen.features is None or np.isfinite(seen.features).all()
    assert 0 <= seen.surround <= 1
    assert 0 <= seen.glare <= 1


def test_the_whole_range_of_a_checkerboard_stays_within_16_bits() -> None:
    board = np.kron(np.indices((12, 12)).sum(axis=0) % 2, np.ones((4, 4))).astype(np.uint8)[..., None] * 255
    contrary = np.float64(sharpness(np.repeat(255 - board, 3, axis=2)))
    assert sharpness(np.repeat(board, 3, axis=2)) == pytest.approx(contrary)
    assert contrary > 0


@pytest.mark.parametrize("side", [8, 11, 12, 17])
def test_the_smallest_pictures_that_a_model_may_see_are_described(side: int) -> None:
    seen = look(np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8))
    assert np.isfinite(seen.sharpness)
    assert seen.features is not None
    assert np.isfinite(seen.features).all()
