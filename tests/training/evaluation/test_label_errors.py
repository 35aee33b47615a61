from dataclasses import replace

import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import answers
from training.catalog import Record
from training.evaluation.answers import Answers
from training.evaluation.label_errors import NOT_STATED, label_errors, suppose

NOISE = 0.08


def noisy(images: int = 3000, *, seed: int = 0) -> tuple[Answers, np.ndarray]:
    """Answers of a good model to images of which a share `NOISE` is labeled wrong, and which, bool (N,)."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(CODES), images)
    logits = rng.normal(size=(images, len(CODES))) + 5 * np.eye(len(CODES))[truth]
    flipped = rng.random(images) < NOISE
    label = np.where(flipped, (truth + rng.integers(1, len(CODES), images)) % len(CODES), truth)
    return answers(label, logits, spec=DecisionSpec(temperature=1)), flipped


def records(given: Answers, confirmation: str = "histopathology") -> list[Record]:
    return [
        Record(image_id=name, label="NV", confirmation=confirmation, sha256="", file="")
        for name in given.predictions.image_id.tolist()
    ]


@pytest.mark.parametrize("seed", range(3))
def test_flipped_labels_are_found_and_few_others(seed: int) -> None:
    given, flipped = noisy(seed=seed)
    found = label_errors(given, records(given))
    suspected = np.isin(given.predictions.image_id, [suspect.image_id for suspect in found.suspects])
    # Those of which the model itself is unsure reach no threshold.
    assert (suspected & flipped).sum() / flipped.sum() > 0.75
    assert (suspected & flipped).sum() / suspected.sum() > 0.95
    assert found.estimated_share == pytest.approx(flipped.mean(), abs=0.01)


def test_the_flips_are_the_most_suspected() -> None:
    given, flipped = noisy()
    found = label_errors(given, records(given))
    wrong = set(given.predictions.image_id[flipped].tolist())
    assert all(suspect.image_id in wrong for suspect in found.suspects[:100])
    margins = [suspect.margin for suspect in found.suspects]
    assert margins == sorted(margins)
    assert [suspect.rank for suspect in found.suspects] == list(range(1, len(margins) + 1))


def test_an_answer_below_the_threshold_of_its_class_is_no_suspicion() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.45, 0.55], [0.5, 0.5]])
    assert suppose(probabilities, np.array([0, 0, 1, 0, 1])).tolist() == [0, 0, 1, -1, -1]


def test_of_several_classes_the_most_probable_is_supposed() -> None:
    assert suppose(np.array([[0.4, 0.6], [0.1, 0.9]]), np.array([0, 0])).tolist() == [0, -1]
    probabilities = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7], [0.2, 0.3, 0.5]])
    assert suppose(probabilities, np.array([2, 0, 1])).tolist() == [0, 2, 2]


def test_a_class_without_labels_is_never_supposed() -> None:
    given, _ = noisy(400)
    kept = given.take(given.label != 3)
    found = label_errors(kept, records(kept))
    assert found.suspects
    assert CODES[3] not in {suspect.suggested for suspect in found.suspects}


def test_suspects_are_counted_by_how_their_labels_were_confirmed() -> None:
    given, _ = noisy(200)
    listed = records(given)
    listed[0] = replace(listed[0], confirmation="")
    found = label_errors(given, listed)
    assert [(each.confirmation, each.images) for each in found.by_confirmation] == [
        ("histopathology", 199),
        (NOT_STATED, 1),
    ]
    assert sum(each.suspected for each in found.by_confirmation) == len(found.suspects)


def test_records_of_other_images_are_refused() -> None:
    given, _ = noisy(20)
    with pytest.raises(ValueError, match="Records must be those of the 20"):
        label_errors(given, records(given)[::-1])
