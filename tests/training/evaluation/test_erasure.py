import numpy as np

from training.evaluation.erasure import Erasure

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 20, 20, 3), np.uint8)
MAPS = np.random.default_rng(1).normal(size=(2, 4, 4)).astype("f")


def test_each_step_changes_an_equal_share_of_the_pixels() -> None:
    order = Erasure.of(IMAGES, 5, 0).order(MAPS)
    assert [(order == step).sum(axis=(1, 2)).tolist() for step in range(1, 6)] == [[80, 80]] * 5


def test_the_largest_of_the_map_goes_first() -> None:
    maps = np.zeros((2, 4, 4), np.float32)
    maps[:, 1, 2] = 1
    first = Erasure.of(IMAGES, 25, 0).order(maps)[0] == 1
    assert first[5:10, 10:15].sum() == 16


def test_chance_and_not_the_place_decides_where_a_map_says_nothing() -> None:
    order = Erasure.of(IMAGES, 2, 0).order(np.zeros((2, 4, 4), np.float32))
    assert 60 < (order[0, :10] == 1).sum() < 140
    assert not np.array_equal(order[0], order[1])


def test_deletion_and_insertion_begin_and_end_at_the_image_and_its_blur() -> None:
    erasure = Erasure.of(IMAGES, 4, 0)
    order = erasure.order(MAPS)
    np.testing.assert_array_equal(erasure.deleted(order, 0), IMAGES)
    np.testing.assert_array_equal(erasure.deleted(order, 4), erasure.blurred)
    np.testing.assert_array_equal(erasure.inserted(order, 0), erasure.blurred)
    np.testing.assert_array_equal(erasure.inserted(order, 4), IMAGES)
    assert erasure.blurred.std() < IMAGES.std() / 5
    assert erasure.shares == (0, 0.25, 0.5, 0.75, 1)
