import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import answers, draw
from training.evaluation.answers import Answers
from training.evaluation.confusions import COSTS, confusions


def told(pairs: list[tuple[str, str, float]], lesions: list[str] | None = None) -> Answers:
    """Label, answer and logit of the answer of each image."""
    logits = np.zeros((len(pairs), len(CODES)))
    for row, (_, answer, logit) in enumerate(pairs):
        logits[row, CODES.index(answer)] = logit
    return answers([CODES.index(label) for label, _, _ in pairs], logits, lesions, spec=DecisionSpec(temperature=1))


def test_missed_malignancies_stand_first_however_many_others_there_are() -> None:
    found = confusions(
        told(
            [
                *[("NV", "BKL", 3.0)] * 4,
                *[("NV", "MEL", 3.0)] * 3,
                *[("MEL", "BCC", 3.0)] * 2,
                ("MEL", "NV", 3.0),
                ("MEL", "MEL", 3.0),
            ]
        )
    )
    assert [(pair.label, pair.answer, pair.cost) for pair in found.pairs] == [
        ("MEL", "NV", "missed malignant"),
        ("MEL", "BCC", "another malignant"),
        ("NV", "MEL", "false alarm"),
        ("NV", "BKL", "another benign"),
    ]
    assert [found.pairs[place].images for place in found.by_count] == [4, 3, 2, 1]
    assert (found.images, found.confused) == (11, 10)


def test_a_pair_counts_lesions_and_names_the_surest_first() -> None:
    rows = [("MEL", "NV", 1.0), ("MEL", "NV", 5.0), ("MEL", "NV", 3.0), ("MEL", "MEL", 1.0)]
    (pair,) = confusions(told(rows, ["a", "a", "b", "c"])).pairs
    assert (pair.images, pair.lesions, pair.share) == (3, 2, 0.75)
    assert pair.examples == ("image 00001", "image 00002", "image 00000")
    sure = [np.exp(logit) / (np.exp(logit) + 7) for logit in (1, 5, 3)]
    assert pair.mean_confidence == pytest.approx(np.mean(sure))


def test_pairs_hold_every_image_that_is_confused() -> None:
    given = draw(seed=7)
    found = confusions(given)
    wrong = given.decision.probabilities.argmax(axis=1) != given.label
    assert sum(pair.images for pair in found.pairs) == found.confused == wrong.sum()
    assert [COSTS.index(pair.cost) for pair in found.pairs] == sorted(COSTS.index(pair.cost) for pair in found.pairs)


def test_nothing_confused_is_no_pair() -> None:
    assert confusions(told([("MEL", "MEL", 2.0)])).pairs == ()
