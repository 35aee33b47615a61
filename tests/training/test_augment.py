import numpy as np
import pytest

from training.augment import augment
from training.config import RECIPES, Augmentation, recipe
from training.drawing import draw

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


def test_erasing_covers_a_square_every_other_time() -> None:
    options = STILL.model_copy(update={"erase": 0.6})
    covered = [(augment(LESION, options, np.random.default_rng(seed)) == 128).all(axis=-1).mean() for seed in range(80)]
    assert 20 <= sum(share == 0 for share in covered) <= 60
    assert 0.15 < max(covered) <= 0.37


def test_it_is_reproducible() -> None:
    first, second = (augment(LESION, Augmentation(), np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
