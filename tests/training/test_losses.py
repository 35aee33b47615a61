import keras
import numpy as np
import pytest
import tensorflow as tf

from training.losses import CrossEntropy, Focal, LogitAdjusted, effective_weights, loss
from training.metrics import BalancedAccuracy, metrics
from training.options.fit import Loss

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
    graded = LogitAdjusted([0.9, 0.1])
    even = np.zeros((1, 2), np.float32)
    np.testing.assert_allclose(graded(one_hot(0, classes=2), even), -np.log(0.9), rtol=1e-5)
    np.testing.assert_allclose(graded(one_hot(1, classes=2), even), -np.log(0.1), rtol=1e-5)


def test_a_category_never_drawn_stays_finite() -> None:
    graded = LogitAdjusted([1.0, 0.0], label_smoothing=0.1)
    assert np.isfinite(float(graded(one_hot(0, classes=2), np.zeros((1, 2), "f"))))


def test_a_shared_target_costs_its_shares_of_both() -> None:
    graded, logits = LogitAdjusted([0.6, 0.3, 0.1]), np.array([[1.0, -1.0, 0.5]], np.float32)
    one, other = (float(graded(one_hot(label, classes=3), logits)) for label in (0, 2))
    both = float(graded(np.array([[0.7, 0.0, 0.3]], np.float32), logits))
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
    for graded in (LogitAdjusted([0.7, 0.3], 0.05), CrossEntropy([2.0, 0.5], 0.1), Focal(2.0, 3, 0.1)):
        assert type(graded).from_config(graded.get_config()).get_config() == graded.get_config()


def test_balanced_accuracy_is_the_mean_recall_of_what_was_seen() -> None:
    metric = BalancedAccuracy(4)
    metric.update_state(one_hot(0, 0, 0, classes=4), np.eye(4, dtype=np.float32)[[0, 0, 1]])
    metric.update_state(one_hot(1, 2, classes=4), one_hot(1, 0, classes=4))
    np.testing.assert_allclose(float(metric.result()), (2 / 3 + 1 + 0) / 3, rtol=1e-6)


def test_a_shared_target_counts_for_its_larger_part() -> None:
    metric = BalancedAccuracy(2)
    metric.update_state(np.array([[0.6, 0.4], [0.2, 0.8]]), one_hot(0, 0, classes=2))
    assert float(metric.result()) == pytest.approx(0.5)


def test_a_weight_counts_as_so_many_images() -> None:
    metric = BalancedAccuracy(3)
    metric.update_state(one_hot(0, 0, 1, classes=3), one_hot(0, 1, 1, classes=3), np.array([1, 3, 0], np.float32))
    assert float(metric.result()) == pytest.approx(0.25), "category 1 weighs nothing, as if it were not there"


def test_focal_is_cross_entropy_at_gamma_0_and_cares_less_for_what_is_easy_above() -> None:
    logits = np.array([[4.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32)
    targets = one_hot(0, 1, classes=3)
    plain = np.asarray(keras.losses.categorical_crossentropy(targets, logits, from_logits=True))
    np.testing.assert_allclose(Focal(0.0, 3).call(targets, logits), plain, rtol=1e-5)
    easy, hard = np.asarray(Focal(2.0, 3).call(targets, logits)) / plain
    chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose([easy, hard], [(1 - chance[0, 0]) ** 2, (1 - chance[1, 1]) ** 2], rtol=1e-4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="asks TensorFlow for the slope")
def test_focal_has_a_slope_everywhere() -> None:
    logits = tf.Variable([[60.0, 0.0]])
    with tf.GradientTape() as tape:
        value = Focal(0.5, 2)(one_hot(0, classes=2), logits)
    assert np.isfinite(np.asarray(tape.gradient(value, logits))).all()


def test_effective_weights_lead_from_none_to_inverse_frequency() -> None:
    """Cui et al., 2019: (1 - β) / (1 - β^n)."""
    counts = np.array([1000, 100, 10, 0])
    np.testing.assert_allclose(effective_weights(counts, 0.0), [1, 1, 1, 0])
    nearly = np.array(effective_weights(counts, 0.999999))
    np.testing.assert_allclose(nearly[:3] / nearly[0], [1, 10, 100], rtol=1e-2)
    middle = np.array(effective_weights(counts, 0.99))
    assert middle[1] / middle[0] == pytest.approx((1 - 0.99**1000) / (1 - 0.99**100), rel=1e-6)
    assert (middle * counts).sum() == pytest.approx(counts.sum()), "the mean image weighs 1"


def test_class_balanced_weighs_an_image_as_its_category() -> None:
    graded, plain = CrossEntropy([2.0, 0.5]), CrossEntropy([1.0, 1.0])
    logits = np.array([[0.3, -0.2], [0.1, 0.9]], np.float32)
    targets = one_hot(0, 1, classes=2)
    np.testing.assert_allclose(
        graded.call(targets, logits), np.asarray(plain.call(targets, logits)) * [2, 0.5], rtol=1e-6
    )


@pytest.mark.parametrize("kind", ["logit_adjusted", "cross_entropy", "class_balanced", "focal"])
def test_one_logit_is_the_second_of_two(kind: str) -> None:
    used = loss(Loss.model_validate({"kind": kind, "label_smoothing": 0.1}), np.array([0.7, 0.3]), np.array([70, 30]))
    logits = np.array([[0.4], [-1.5], [2.0]], np.float32)
    targets = np.array([[1], [0], [1]], np.float32)
    both = np.concatenate([np.zeros_like(logits), logits], axis=1)
    single = np.asarray(used.call(targets, logits))
    np.testing.assert_allclose(single, used.call(one_hot(1, 0, 1, classes=2), both), rtol=1e-5)
    assert single.shape == (3,)


def test_a_mixed_target_of_one_logit_counts_for_its_larger_part() -> None:
    accuracy, _ = metrics(outputs=1)
    accuracy.update_state(np.array([[0.7], [0.2]], np.float32), np.array([[1.0], [-1.0]], np.float32))
    assert float(accuracy.result()) == 1


def test_the_metrics_of_one_logit_ask_for_its_sign() -> None:
    accuracy, balanced = metrics(outputs=1)
    targets, logits = np.array([[1], [1], [1], [0]], np.float32), np.array([[0.2], [0.3], [-0.1], [0.4]], np.float32)
    for metric in (accuracy, balanced):
        metric.update_state(targets, logits)
    assert float(accuracy.result()) == pytest.approx(0.5)
    assert float(balanced.result()) == pytest.approx(1 / 3)
