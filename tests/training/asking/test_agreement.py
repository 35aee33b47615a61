from dataclasses import replace

import numpy as np
import pytest

from lesion.decision import DecisionSpec, OperatingPoint, Outcome, Unknown, decide
from lesion.diagnosis import CODES
from training.asking.agreement import compare
from training.asking.asked import Asked
from training.errors import InvalidData
from training.predictions import Predictions
from training.target import ISIC2019

N = 40
DECISION = DecisionSpec(
    temperature=1.7,
    log_prior=tuple(np.log(np.arange(1, 9) / 36).tolist()),
    operating_points=(
        OperatingPoint(sensitivity=0.95, threshold=0.2, lower_bound=0.95, lesions=100),
        OperatingPoint(sensitivity=0.9, threshold=0.6, lower_bound=0.9, lesions=100),
    ),
    unknown=Unknown(threshold=-3.0, known=0.95),
)


def predictions(seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    names = np.array([f"image {place}" for place in range(N)])
    label = (np.arange(N) % len(CODES)).astype(np.int32)
    logits = (rng.normal(size=(N, 8)) + 2 * np.eye(8)[label]).astype(np.float32)
    return Predictions(names, names, label, logits)


def test_the_same_predictions_agree_wholly() -> None:
    own = predictions()
    found = compare(own, DECISION, Asked(own), DECISION, ISIC2019)
    assert (found.images, found.logit_difference, found.first_answers, found.outcomes) == (N, 0, 1, 1)
    assert found.balanced_accuracy[0] == found.balanced_accuracy[1]
    assert found.malignancy_auc is not None
    assert 0.5 < found.malignancy_auc[0] == found.malignancy_auc[1] < 1


def test_differences_are_told() -> None:
    own = predictions()
    logits = own.logits.copy()
    logits[3, 2] += 30
    calm = (decide(own.logits, ISIC2019.malignant, DECISION).outcome or ()).index("not_suspicious")
    logits[calm] -= 100  # every category: no probability changes, but the picture is unknown
    found = compare(own, DECISION, Asked(replace(own, logits=logits)), DECISION, ISIC2019)
    assert found.logit_difference == pytest.approx(100)
    assert found.first_answers == pytest.approx(1 - 1 / N)
    assert found.outcomes is not None
    assert found.outcomes < 1
    hits = [np.argmax(row) == label for row, label in zip(logits / 1.7, own.label, strict=True)]
    recalls = [np.mean([hit for hit, label in zip(hits, own.label, strict=True) if label == k]) for k in range(8)]
    assert found.balanced_accuracy[1] == pytest.approx(np.mean(recalls))


def test_constants_do_not_count_where_they_are_not_known() -> None:
    own = predictions()
    shifted = replace(own, logits=own.logits + np.arange(N, dtype=np.float32)[:, None])
    found = compare(own, DECISION, Asked(shifted, shift_known=False), DECISION, ISIC2019)
    assert found.logit_difference < 1e-5
    assert "less their mean" in found.lines()[1]
    assert compare(own, DECISION, Asked(shifted), DECISION, ISIC2019).logit_difference == pytest.approx(N - 1)


def test_images_are_compared_by_id_and_rejected_ones_are_named() -> None:
    own = predictions()
    kept = own.take(np.array([9, 4, 30]))
    found = compare(own, DECISION, Asked(kept, rejected={"image 1": "dark"}), DECISION, ISIC2019)
    assert (found.images, found.logit_difference) == (3, 0)
    assert found.lines()[0] == "3 images answered, 1 rejected"
    assert found.lines()[-1] == "rejected: image 1 (dark)"


def test_answered_outcomes_count_at_the_point_they_were_answered_at() -> None:
    own = predictions()
    suspicious: Outcome = "suspicious"
    at = {
        sensitivity: compare(
            own, DECISION, Asked(own, (suspicious,) * N, sensitivity=sensitivity), DECISION, ISIC2019
        ).outcomes
        for sensitivity in (0.95, 0.9)
    }
    assert at[0.95] is not None
    assert at[0.9] is not None
    assert at[0.95] > at[0.9] > 0
    with pytest.raises(InvalidData, match=r"at the operating point that answered\. .*Received 0\.5"):
        compare(own, DECISION, Asked(own, (suspicious,) * N, sensitivity=0.5), DECISION, ISIC2019)


def test_logits_are_read_at_a_point_that_the_bundle_promises() -> None:
    own, lower = predictions(), DECISION.model_copy(update={"operating_points": DECISION.operating_points[1:]})
    assert compare(own, lower, Asked(own), lower, ISIC2019).outcomes == 1
    without = DECISION.model_copy(update={"operating_points": ()})
    assert compare(own, lower, Asked(own), without, ISIC2019).outcomes is None


def test_one_kind_of_lesion_has_no_auc() -> None:
    own = predictions().take(np.array([0, 8, 16]))
    found = compare(own, DECISION, Asked(own), DECISION, ISIC2019)
    assert found.malignancy_auc is None
    assert "malignancy AUC: one kind only" in found.lines()


def test_without_a_common_image_there_is_nothing_to_compare() -> None:
    own = predictions()
    stranger = replace(own, image_id=np.array([f"other {place}" for place in range(N)]))
    with pytest.raises(InvalidData, match=f"no predictions of {N} of {N} images answered, such as"):
        compare(own, DECISION, Asked(stranger), DECISION, ISIC2019)
    with pytest.raises(InvalidData, match="no image was answered"):
        compare(own, DECISION, Asked(own.take(np.array([], np.int64))), DECISION, ISIC2019)
