import numpy as np
import pytest

from training.augment import augment, sample
from training.config import RECIPES, recipe
from training.drawing import draw
from training.options.pipeline import Augmentation

LESION = np.asarray(draw("BKL", (48, 48), np.random.default_rng(0)))
STILL = Augmentation(flips=False, rotation_degrees=0, zoom=0, stretch=0, color=0)


def test_with_everything_off_nothing_changes() -> None:
    np.testing.assert_array_equal(augment(LESION, STILL, np.random.default_rng(0)), LESION)


def test_flips_only_move_pixels() -> None:
    options = STILL.model_copy(update={"flips": True})
    views = {augment(LESION, options, np.random.default_rng(seed)).tobytes() for seed in range(60)}
    assert len(views) == 8
    assert all(sorted(view) == sorted(LESION.tobytes()) for view in views)


@pytest.mark.parametrize("seed", range(5))
def test_a_view_shows_the_same_lesion(seed: int) -> None:
    view = augment(LESION, Augmentation(flips=False), np.random.default_rng(seed))
    assert view.shape == LESION.shape
    assert view.dtype == np.uint8
    assert (view != LESION).mean() > 0.3
    # Turned and lit otherwise, but no part of it is made up black.
    assert view.min() > 10
    assert abs(view.mean() - LESION.mean()) < 45


@pytest.mark.parametrize("name", RECIPES)
def test_no_view_has_made_up_black(name: str) -> None:
    options = recipe(name).pipeline.augmentation
    assert options is not None
    still = options.model_copy(update={"color": 0.0, "erase": 0.0})
    white = np.full((64, 64, 3), 255, np.uint8)
    assert all((augment(white, still, np.random.default_rng(seed)) == 255).all() for seed in range(200))


def test_turned_and_mirrored_in_one_resampling_it_still_only_moves_pixels() -> None:
    """The eight symmetries are part of the matrix when there is one: read by it, they must be exact."""
    expected = {np.rot90(side, turn).tobytes() for side in (LESION, LESION[:, ::-1]) for turn in range(4)}
    mirrors = (np.eye(2), np.diag([-1.0, 1.0]))
    quarter = np.array([[0.0, 1.0], [-1.0, 0.0]])
    views = {
        sample(LESION, np.linalg.matrix_power(quarter, turn) @ mirror).tobytes()
        for mirror in mirrors
        for turn in range(4)
    }
    assert views == expected


def test_far_beyond_the_picture_lie_its_reflections() -> None:
    wide = np.pad(LESION, ((96, 96), (96, 96), (0, 0)), mode="reflect")
    np.testing.assert_array_equal(sample(LESION, 5 * np.eye(2)), wide[2::5, 2::5])


@pytest.mark.parametrize("name", ["hair", "ruler"])
def test_artifacts_come_as_often_as_asked(name: str) -> None:
    never, often = STILL, STILL.model_copy(update={name: 0.3})
    changed = [(augment(LESION, often, np.random.default_rng(seed)) != LESION).any() for seed in range(200)]
    assert 40 <= sum(changed) <= 80
    assert all((augment(LESION, never, np.random.default_rng(seed)) == LESION).all() for seed in range(20))


def test_blur_takes_detail_and_keeps_the_light() -> None:
    options = STILL.model_copy(update={"blur_pixels": 2.0, "blur_chance": 1.0})
    views = np.stack([augment(LESION, options, np.random.default_rng(seed)) for seed in range(20)])
    detail = np.abs(np.diff(views.astype(int), axis=2)).mean(axis=(1, 2, 3))
    assert detail.max() <= np.abs(np.diff(LESION.astype(int), axis=1)).mean()
    assert detail.min() < 0.7 * detail.max(), "now more, now less"
    np.testing.assert_allclose(views.mean(axis=(1, 2, 3)), LESION.mean(), atol=1)


def test_what_the_device_does_is_left_to_it() -> None:
    options = Augmentation(on_device=True, erase=0.5, blur_pixels=2.0, blur_chance=1.0)
    np.testing.assert_array_equal(augment(LESION, options, np.random.default_rng(0)), LESION)
    hairy = options.model_copy(update={"hair": 1.0})
    assert (augment(LESION, hairy, np.random.default_rng(0)) != LESION).any()


def test_everything_at_once_keeps_shape_and_type() -> None:
    options = Augmentation(rotation_degrees=180, hair=1, ruler=1, blur_pixels=1, blur_chance=1, erase=0.5)
    view = augment(LESION, options, np.random.default_rng(0))
    assert (view.shape, view.dtype.name) == (LESION.shape, "uint8")


def test_erasing_covers_a_square_every_other_time() -> None:
    options = STILL.model_copy(update={"erase": 0.6})
    covered = [(augment(LESION, options, np.random.default_rng(seed)) == 128).all(axis=-1).mean() for seed in range(80)]
    assert 20 <= sum(share == 0 for share in covered) <= 60
    assert 0.15 < max(covered) <= 0.37


def test_it_is_reproducible() -> None:
    options = Augmentation(hair=1, ruler=1, blur_pixels=1, blur_chance=1, erase=0.5)
    first, second = (augment(LESION, options, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
