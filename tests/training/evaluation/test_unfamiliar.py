"""Pictures of everything but skin."""

import numpy as np

from training.evaluation.unfamiliar import EACH, KINDS, Unfamiliar, unfamiliar


def of_kind(shown: Unfamiliar, kind: str) -> np.ndarray:
    pictures: np.ndarray = shown.images[shown.kind == kind].astype(np.float64)
    return pictures


def test_every_kind_is_there_and_looks_like_itself() -> None:
    shown = unfamiliar(48)
    assert shown.images.shape == (len(KINDS) * EACH, 48, 48, 3)
    assert shown.images.dtype == np.uint8
    assert {kind: int((shown.kind == kind).sum()) for kind in KINDS} == dict.fromkeys(KINDS, EACH)
    spread = {kind: of_kind(shown, kind).std(axis=(1, 2)) for kind in KINDS}
    assert (spread["plain color"] == 0).all()
    assert (spread["noise"] > 60).all()
    assert all(len(np.unique(board.reshape(-1, 3), axis=0)) <= 2 for board in of_kind(shown, "checkerboard"))
    steps = np.abs(np.diff(of_kind(shown, "gradient"), axis=1))
    assert steps.max() <= 255 / 48 * 2
    assert (np.median(of_kind(shown, "writing"), axis=(1, 2)) > 240).all()
    # Skin is red before all; its negative is blue.
    negative = of_kind(shown, "negative of a drawn lesion").mean(axis=(0, 1, 2))
    assert negative.argmax() == 2
    assert (spread["photograph"].max(axis=1) > 5).all()


def test_pictures_are_the_same_for_a_seed_and_differ_among_themselves() -> None:
    first, again, other = unfamiliar(32), unfamiliar(32), unfamiliar(32, seed=1)
    np.testing.assert_array_equal(first.images, again.images)
    assert (first.images != other.images).any(axis=(1, 2, 3)).mean() > 0.95
    assert len(np.unique(first.images.reshape(len(first.images), -1), axis=0)) == len(first.images)
