"""Risk and coverage by hand, and against counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.risk import Order, RiskCoverage

CASES = st.integers(0, 2**31).map(np.random.default_rng)


def test_by_hand() -> None:
    confidence = np.array([0.9, 0.5, 0.8, 0.6])
    right = np.array([1, 0, 0, 1], bool)
    order = Order.of(confidence, right, np.zeros(4, int), 1)
    assert order.confidence.tolist() == [0.9, 0.8, 0.6, 0.5]
    assert order.error.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    told = RiskCoverage.of(order)
    assert told.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    # Best: right, right, wrong, wrong.
    assert told.excess == pytest.approx(told.area - (0 + 0 + 1 / 3 + 2 / 4) / 4)
    assert told.answered == (0.25, 0.5, 0.75, 1)


def test_balanced_by_hand() -> None:
    label, right = np.array([0, 0, 0, 1]), np.array([1, 1, 0, 1], bool)
    order = Order.of(np.array([0.9, 0.8, 0.7, 0.6]), right, label, 3)
    assert order.error.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 6])
    assert order.classes.tolist() == [1, 1, 1, 2]


def test_equal_confidence_is_mixed_evenly() -> None:
    order = Order.of(np.full(4, 0.5), np.array([1, 1, 1, 0], bool), np.zeros(4, int), 1)
    assert order.error == pytest.approx([0.25] * 4)
    assert RiskCoverage.of(order).area == pytest.approx(0.25)


@given(CASES, st.integers(1, 150), st.integers(1, 4))
def test_the_curve_is_what_counting_gives(rng: np.random.Generator, images: int, classes: int) -> None:
    confidence, right = rng.permutation(images) / images, rng.random(images) < 0.7
    label = rng.integers(0, classes, images)
    told = RiskCoverage.of(Order.of(confidence, right, label, classes))
    first = np.argsort(-confidence)
    for answered, error, least in zip(told.answered, told.error, told.confidence, strict=True):
        chosen = first[: round(answered * images)]
        recalls = [right[chosen][label[chosen] == k].mean() for k in np.unique(label[chosen])]
        assert error == pytest.approx(1 - np.mean(recalls))
        assert least == confidence[chosen].min()
    assert told.answered[-1] == 1
    assert len(told.answered) == min(images, 100)


@given(CASES, st.integers(1, 80))
def test_no_order_is_better_than_the_best(rng: np.random.Generator, images: int) -> None:
    right = rng.random(images) < 0.6
    alike = np.zeros(images, int)
    assert RiskCoverage.of(Order.of(rng.random(images), right, alike, 1)).excess >= -1e-12
    assert RiskCoverage.of(Order.of(right.astype(float), right, alike, 1)).excess == pytest.approx(0)
