"""Leaving images to a person, and telling strange pictures."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec, Unknown
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import SPEC, TRIALS, answers, draw
from training.calibration.prediction_sets import fit_prediction_sets
from training.calibration.unknown import fit_unknown
from training.evaluation.selective import Selective, selective, separation

NV, MEL = CODES.index("NV"), CODES.index("MEL")


def test_nothing_rejected_is_the_plain_figure() -> None:
    given = TRIALS["random"]
    told = selective(given)
    right = given.decision.probabilities.argmax(axis=1) == given.label
    balanced = [(given.even.argmax(axis=1) == k)[given.label == k].mean() for k in np.unique(given.label)]
    assert told.rejections[0].accuracy == pytest.approx(right.mean())
    assert told.rejections[0].balanced_accuracy == pytest.approx(np.mean(balanced))
    assert told.plain.error[-1] == pytest.approx(1 - right.mean())
    assert told.balanced.error[-1] == pytest.approx(1 - np.mean(balanced))


def test_leaving_the_least_confident_is_better_than_leaving_any() -> None:
    told = selective(draw(1500, seed=7))
    assert told.rejections[-1].accuracy > told.rejections[0].accuracy + 0.05
    assert told.plain.area < told.plain.error[-1]
    assert 0 <= told.plain.excess < told.plain.area


def test_rejections_by_hand() -> None:
    """Ten images, the wrong one the least sure: a tenth rejected leaves none wrong."""
    label = [NV] * 9 + [MEL]
    logits = 5 * np.eye(8)[[NV] * 10]
    logits[9, NV] = 1
    told = {
        each.rejected: each for each in selective(answers(label, logits, spec=DecisionSpec(temperature=1))).rejections
    }
    assert (told[0.0].accuracy, told[0.0].balanced_accuracy, told[0.0].classes) == (0.9, 0.5, 2)
    assert (told[0.1].accuracy, told[0.1].balanced_accuracy, told[0.1].classes) == (1, 1, 1)


def test_strange_images_are_set_apart() -> None:
    spec = DecisionSpec(temperature=1, unknown=Unknown(threshold=-5.0, known=0.95))
    label = [NV, NV, MEL, MEL, NV, MEL]
    logits = 10 * np.eye(8)[[NV, NV, MEL, NV, NV, NV]]
    logits[4:] /= 100
    found = selective(answers(label, logits, spec=spec)).strangeness
    assert found is not None
    assert (found.above.hits, found.above.total, found.promised) == (2, 6, 0.05)
    assert (found.known.images, found.known.malignant, found.known.accuracy) == (4, 2, 0.75)
    assert found.known.malignancy_auc == 0.75
    assert (found.unknown.images, found.unknown.malignant, found.unknown.accuracy) == (2, 1, 0.5)
    # Without prediction sets, it is not known how many lesions the threshold was set on.
    assert (found.expected, found.within) == (None, None)


def test_one_kind_of_image_has_no_ranking() -> None:
    spec = DecisionSpec(temperature=1, unknown=Unknown(threshold=100.0, known=0.95))
    found = selective(answers([NV, NV], np.zeros((2, 8)), spec=spec)).strangeness
    assert found is not None
    assert (found.known.malignancy_auc, found.unknown.accuracy, found.unknown.images) == (None, None, 0)


def test_as_many_are_strange_as_was_promised() -> None:
    within = []
    for seed in range(40):
        known = draw(400, seed=1000 + seed).independent()
        sets = fit_prediction_sets(known.decision.probabilities, known.label)
        spec = SPEC.model_copy(update={"prediction_sets": sets, "unknown": fit_unknown(known.logits)})
        found = selective(draw(300, seed=2000 + seed, spec=spec)).strangeness
        assert found is not None
        within.append(found.within is True)
    assert np.mean(within) >= 0.85


def test_without_a_score_nothing_is_strange() -> None:
    assert selective(draw(30, spec=SPEC)).strangeness is None


def test_separation_by_hand() -> None:
    told = separation(np.array([0.1, 0.2, 0.6]), np.array([0.5, 0.9]), 0.6)
    assert told.auroc == pytest.approx(5 / 6)
    assert (told.caught.hits, told.caught.total) == (1, 2)
    assert (told.known, told.strange) == (3, 2)


@pytest.mark.parametrize(("known", "strange"), [(0, 2), (2, 0)])
def test_separation_needs_both(known: int, strange: int) -> None:
    with pytest.raises(ValueError, match=f"Received {known} and {strange}"):
        separation(np.zeros(known), np.zeros(strange), 0.0)


def test_it_can_be_written_and_read() -> None:
    told = selective(TRIALS["tied"])
    assert Selective.model_validate_json(told.model_dump_json()) == told
