import numpy as np
import pytest

from lesion.decision import softmax
from training.calibrate import calibrate, calibrate_probabilities
from training.predictions import Predictions
from training.target import Target


def drawn(seed: int, lesions: int = 3000, images: int = 1) -> Predictions:
    """Logits of a model that is as confident as it should be, were every category equally frequent."""
    rng = np.random.default_rng(seed)
    share = np.array([0.1, 0.5, 0.1, 0.05, 0.1, 0.05, 0.05, 0.05])
    label = rng.choice(8, lesions, p=share)
    logits = rng.normal(0, 1, (lesions, 8)) + 2 * np.eye(8)[label]
    names = np.char.add(f"L{seed}-", np.arange(lesions).astype(str))
    rows = np.repeat(np.arange(lesions), images)
    ids = np.array([f"{names[row]}-{place}" for place, row in enumerate(rows)])
    return Predictions(ids, names[rows], label[rows].astype(np.int32), (2 * logits[rows]).astype(np.float32))


def test_probabilities_mean_what_they_say() -> None:
    spec = calibrate_probabilities(drawn(0))
    # z = 2·N(2·e_y, 1): the posterior under equal shares is softmax(2 z / 2) = softmax(z).
    assert spec.temperature == pytest.approx(1, rel=0.05)
    expected = np.log([0.2, 1, 0.2, 0.1, 0.2, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(spec.log_prior, expected, atol=0.2)


def test_what_training_supposed_is_taken_out() -> None:
    validation, target = drawn(0), Target()
    share = np.bincount(validation.label) / len(validation.label)
    shifted = Predictions(
        validation.image_id,
        validation.lesion_id,
        validation.label,
        (validation.logits + np.log(share)).astype(np.float32),
    )
    spec = calibrate_probabilities(shifted, target, share)
    assert spec.temperature == pytest.approx(1, rel=0.05)
    np.testing.assert_allclose(np.array(spec.log_prior) - np.mean(spec.log_prior), 0, atol=0.15)


def test_a_single_logit_is_calibrated_too() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 1)).astype(np.float32)
    malignant = rng.random(len(logits)) < softmax(np.concatenate([np.zeros_like(logits), logits / 3], 1))[:, 1]
    names = np.arange(len(logits)).astype(str)
    label = np.where(malignant, 0, 1).astype(np.int32)  # MEL and NV
    spec = calibrate_probabilities(Predictions(names, names, label, logits), Target(kind="malignancy"))
    assert spec.temperature == pytest.approx(3, rel=0.1)


def test_thresholds_count_lesions_not_images() -> None:
    once, often = calibrate(drawn(0), drawn(1, 400)), calibrate(drawn(0), drawn(1, 400, images=5))
    assert [point.lesions for point in once.operating_points] == [point.lesions for point in often.operating_points]
    assert once.prediction_sets is not None
    assert once.prediction_sets.marginal.lesions == 400


def test_every_part_of_the_decision_is_there() -> None:
    spec = calibrate(drawn(0), drawn(1))
    assert [point.sensitivity for point in spec.operating_points] == [0.9, 0.95, 0.98]
    assert spec.prediction_sets is not None
    assert spec.unknown is not None
    assert len(spec.log_prior) == 8
