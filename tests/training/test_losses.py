import keras
import numpy as np
import pytest

from training.losses import BalancedAccuracy, LogitAdjusted

pytestmark = pytest.mark.tensorflow


def test_equal_shares_change_nothing() -> None:
    logits = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    labels = np.array([0, 1, 2, 3, 0, 1])
    plain = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    np.testing.assert_allclose(LogitAdjusted([0.25] * 4)(labels, logits), np.mean(plain), rtol=1e-5)


def test_a_rare_category_must_be_answered_more_firmly() -> None:
    """With logits that say nothing, the adjusted model answers the shares: a rare category costs more."""
    loss = LogitAdjusted([0.9, 0.1])
    even = np.zeros((1, 2), np.float32)
    np.testing.assert_allclose(loss(np.array([0]), even), -np.log(0.9), rtol=1e-5)
    np.testing.assert_allclose(loss(np.array([1]), even), -np.log(0.1), rtol=1e-5)


def test_a_category_never_drawn_stays_finite() -> None:
    assert np.isfinite(float(LogitAdjusted([1.0, 0.0], label_smoothing=0.1)(np.array([0]), np.zeros((1, 2), "f"))))


def test_it_survives_saving() -> None:
    loss = LogitAdjusted([0.7, 0.3], label_smoothing=0.05)
    assert LogitAdjusted.from_config(loss.get_config()).get_config() == loss.get_config()


def test_balanced_accuracy_is_the_mean_recall_of_what_was_seen() -> None:
    metric = BalancedAccuracy(4)
    metric.update_state(np.array([0, 0, 0]), np.eye(4, dtype=np.float32)[[0, 0, 1]])
    metric.update_state(np.array([1, 2]), np.eye(4, dtype=np.float32)[[1, 0]])
    np.testing.assert_allclose(float(metric.result()), (2 / 3 + 1 + 0) / 3, rtol=1e-6)


def test_sample_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="no sample weights"):
        BalancedAccuracy(2).update_state(np.array([0]), np.zeros((1, 2)), np.array([1.0]))
