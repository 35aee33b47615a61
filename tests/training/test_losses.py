import keras
import numpy as np
import pytest

from training.losses import BalancedAccuracy, LogitAdjusted

pytestmark = pytest.mark.tensorflow


def one_hot(*labels: int, classes: int) -> np.ndarray:
    return np.eye(classes, dtype=np.float32)[list(labels)]


def test_equal_shares_change_nothing() -> None:
    logits = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    labels = np.array([0, 1, 2, 3, 0, 1])
    plain = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    np.testing.assert_allclose(LogitAdjusted([0.25] * 4)(np.eye(4)[labels], logits), np.mean(plain), rtol=1e-5)


def test_a_rare_category_must_be_answered_more_firmly() -> None:
    """With logits that say nothing, the adjusted model answers the shares: a rare category costs more."""
    loss = LogitAdjusted([0.9, 0.1])
    even = np.zeros((1, 2), np.float32)
    np.testing.assert_allclose(loss(one_hot(0, classes=2), even), -np.log(0.9), rtol=1e-5)
    np.testing.assert_allclose(loss(one_hot(1, classes=2), even), -np.log(0.1), rtol=1e-5)


def test_a_category_never_drawn_stays_finite() -> None:
    loss = LogitAdjusted([1.0, 0.0], label_smoothing=0.1)
    assert np.isfinite(float(loss(one_hot(0, classes=2), np.zeros((1, 2), "f"))))


def test_a_shared_target_costs_its_shares_of_both() -> None:
    loss, logits = LogitAdjusted([0.6, 0.3, 0.1]), np.array([[1.0, -1.0, 0.5]], np.float32)
    one, other = (float(loss(one_hot(label, classes=3), logits)) for label in (0, 2))
    both = float(loss(np.array([[0.7, 0.0, 0.3]], np.float32), logits))
    assert both == pytest.approx(0.7 * one + 0.3 * other, rel=1e-5)


@pytest.mark.parametrize("targets", [np.array([0, 1]), np.array([[0], [1]]), np.eye(3)[:2]])
def test_targets_of_another_kind_are_refused(targets: np.ndarray) -> None:
    logits = np.zeros((2, 2), np.float32)
    for grade in (LogitAdjusted([0.5, 0.5]), BalancedAccuracy(2).update_state):
        with pytest.raises(ValueError, match=r"Expected \(N, 2\). Received"):
            grade(targets, logits)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_what_it_learns_is_free_of_the_shares(smoothing: float) -> None:
    """Categories 0 and 1 tell themselves apart by the input, 2 never occurs: it must never be answered."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    labels = (rng.random(2000) < 0.1).astype(np.int32)
    inputs = (labels * 2 - 1 + rng.normal(0, 1, 2000)).astype(np.float32)[:, None]
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.Adam(0.1), LogitAdjusted([0.9, 0.1, 0.0], label_smoothing=smoothing))
    targets = one_hot(*labels, classes=3)
    for _ in range(150):
        model.train_on_batch(inputs, targets)
    answers = np.asarray(model(inputs)).argmax(axis=1)
    assert set(answers) == {0, 1}
    # Halfway between two equally wide clouds lies the boundary of balanced accuracy, however rare the second is.
    assert abs(inputs[answers == 1].min()) < 0.3


def test_it_survives_saving() -> None:
    loss = LogitAdjusted([0.7, 0.3], label_smoothing=0.05)
    assert LogitAdjusted.from_config(loss.get_config()).get_config() == loss.get_config()


def test_balanced_accuracy_is_the_mean_recall_of_what_was_seen() -> None:
    metric = BalancedAccuracy(4)
    metric.update_state(one_hot(0, 0, 0, classes=4), np.eye(4, dtype=np.float32)[[0, 0, 1]])
    metric.update_state(one_hot(1, 2, classes=4), one_hot(1, 0, classes=4))
    np.testing.assert_allclose(float(metric.result()), (2 / 3 + 1 + 0) / 3, rtol=1e-6)


def test_a_shared_target_counts_for_its_larger_part() -> None:
    metric = BalancedAccuracy(2)
    metric.update_state(np.array([[0.6, 0.4], [0.2, 0.8]]), one_hot(0, 0, classes=2))
    assert float(metric.result()) == pytest.approx(0.5)


def test_sample_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="no sample weights"):
        BalancedAccuracy(2).update_state(one_hot(0, classes=2), np.zeros((1, 2)), np.array([1.0]))
