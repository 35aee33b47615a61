"""Shares and their intervals, against scipy and the published tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from training.evaluation.share import DependentShare, Share


@given(st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_intervals_are_those_of_scipy(counts: tuple[int, int]) -> None:
    share = Share.of(*counts)
    tested = binomtest(*counts)
    assert share.exact == pytest.approx(tuple(tested.proportion_ci(0.95, "exact")), abs=1e-9)
    assert share.wilson == pytest.approx(tuple(tested.proportion_ci(0.95, "wilson")), abs=1e-9)
    assert share.value == counts[0] / counts[1]


def test_nothing_has_no_share() -> None:
    share = Share.where(np.zeros(0, bool))
    assert (share.hits, share.total, share.value, share.wilson, share.exact) == (0, 0, None, None, None)


@pytest.mark.parametrize("hits", [-1, 4])
def test_there_are_no_more_hits_than_things(hits: int) -> None:
    with pytest.raises(ValueError, match=r"Expected 0 to 3\. Received"):
        Share.of(hits, 3)


def test_a_share_of_images_is_counted_among_those_asked_for() -> None:
    hit, counted = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    share = DependentShare.where(hit, counted, np.array(list("abcd")), seed=0)
    assert (share.hits, share.total, share.value) == (1, 2, 0.5)
    assert DependentShare.where(hit, np.zeros(4, bool), np.array(list("abcd")), seed=0).value is None


def test_images_of_one_lesion_are_drawn_together() -> None:
    hit, all_of_them = np.arange(200) % 4 == 0, np.ones(200, bool)
    hit.sort()
    apart = DependentShare.where(hit, all_of_them, np.arange(200).astype(str), seed=0)
    together = DependentShare.where(hit, all_of_them, (np.arange(200) // 10).astype(str), seed=0)
    assert apart.value == together.value == 0.25
    widths = [each.interval[1] - each.interval[0] for each in (apart, together) if each.interval is not None]
    assert widths[1] > 2 * widths[0]


def test_draws_that_cannot_differ_bound_nothing() -> None:
    everything = np.ones(5, bool)
    assert DependentShare.where(everything, everything, np.array(list("abcde")), seed=0).interval is None
