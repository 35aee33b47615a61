import numpy as np

from training.symmetries import SYMMETRIES

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 5, 5, 3), np.uint8)


def test_there_are_eight_and_they_differ() -> None:
    assert len({turn(PICTURES).tobytes() for turn in SYMMETRIES}) == 8
    np.testing.assert_array_equal(SYMMETRIES[0](PICTURES), PICTURES)


def test_the_first_two_mirror_and_the_first_four_never_turn_a_picture_on_its_side() -> None:
    np.testing.assert_array_equal(SYMMETRIES[1](PICTURES), PICTURES[:, :, ::-1])
    for turn in SYMMETRIES[:4]:
        rows = np.sort(turn(PICTURES)[0, :, :, 0].sum(axis=1))
        np.testing.assert_array_equal(rows, np.sort(PICTURES[0, :, :, 0].sum(axis=1)))
