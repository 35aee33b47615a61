"""Intervals, and of differences narrower ones."""

import numpy as np

from training.bootstrap import differences, drawn, interval, quantiles, redrawn

CLASSES = 4


def outcomes() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Labels, hits of two models that err mostly on the same images, and lesions of two images each."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, CLASSES, 800)
    hard = rng.random(800)
    return label, hard < 0.7, (hard < 0.65) | (rng.random(800) < 0.02), np.arange(800) // 2


def difference(
    label: np.ndarray, hit: np.ndarray, other: np.ndarray, groups: np.ndarray, classes: int, *, seed: int
) -> tuple[float, float]:
    return quantiles(differences(label, hit, other, groups, classes, seed=seed))


def balanced(label: np.ndarray, hit: np.ndarray) -> float:
    return float(np.mean([hit[label == place].mean() for place in range(CLASSES)]))


def test_the_interval_of_a_difference_holds_it_and_is_narrower_than_either() -> None:
    label, one, other, groups = outcomes()
    low, high = difference(label, one, other, groups, CLASSES, seed=0)
    assert low < balanced(label, one) - balanced(label, other) < high
    widths = [np.ptp(interval(label, hit, groups, CLASSES, seed=0)) for hit in (one, other)]
    assert high - low < 0.7 * min(widths)


def test_models_that_agree_do_not_differ_and_swapped_ones_differ_the_other_way() -> None:
    label, one, other, groups = outcomes()
    assert difference(label, one, one, groups, CLASSES, seed=0) == (0, 0)
    low, high = difference(label, one, other, groups, CLASSES, seed=0)
    np.testing.assert_allclose(difference(label, other, one, groups, CLASSES, seed=0), (-high, -low), atol=0.003)


def test_images_of_one_lesion_are_drawn_together() -> None:
    label, one, other, groups = outcomes()
    four = [np.repeat(array, 4) for array in (label, one, other, groups)]
    np.testing.assert_allclose(
        difference(four[0], four[1], four[2], four[3], CLASSES, seed=0),
        difference(label, one, other, groups, CLASSES, seed=0),
    )


def test_draws_of_images_are_those_of_their_groups() -> None:
    """What sums can tell, both ways to draw tell alike."""
    rng = np.random.default_rng(0)
    groups = np.sort(rng.integers(0, 100, 300))
    worth = rng.integers(0, 10, (300, 1))
    times = np.concatenate(list(redrawn(groups, seed=0)))
    assert times.shape == (2000, 300)
    for group in (groups[0], groups[150]):
        assert np.ptp(times[:, groups == group], axis=1).max() == 0
    sums, others = times @ worth[:, 0], drawn(worth, groups, seed=0)[:, 0]
    assert abs(sums.mean() - others.mean()) < 0.1 * others.std()
    assert 0.9 < sums.std() / others.std() < 1.1
    counts = times[:, np.unique(groups, return_index=True)[1]]
    assert (counts.sum(axis=1) == len(np.unique(groups))).all()
