import numpy as np

from lesion.decision import DecisionSpec, OperatingPoint
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import answers, draw
from training.evaluation.answers import Answers
from training.evaluation.costliest import costliest

POINT = OperatingPoint(sensitivity=0.95, threshold=0.3, lower_bound=0.95, lesions=100)
SPEC = DecisionSpec(temperature=1, operating_points=(POINT,))


def told(rows: list[tuple[str, dict[str, float]]], lesions: list[str] | None = None) -> Answers:
    """The label and the probabilities of each image."""
    probabilities = np.full((len(rows), len(CODES)), 1e-6)
    for row, (_, given) in enumerate(rows):
        for code, value in given.items():
            probabilities[row, CODES.index(code)] = value
    return answers([CODES.index(label) for label, _ in rows], np.log(probabilities), lesions, spec=SPEC)


ROWS: list[tuple[str, dict[str, float]]] = [
    ("MEL", {"NV": 0.8, "MEL": 0.2}),
    ("MEL", {"NV": 0.95, "MEL": 0.05}),
    ("MEL", {"BCC": 0.9, "MEL": 0.1}),
    ("BCC", {"NV": 0.6, "BCC": 0.4}),
    ("NV", {"NV": 0.6, "MEL": 0.4}),
    ("NV", {"MEL": 0.9, "NV": 0.1}),
    ("NV", {"BKL": 0.9, "NV": 0.1}),
    ("MEL", {"MEL": 0.9, "NV": 0.1}),
]


def test_each_kind_shows_its_costliest_first() -> None:
    missed, misnamed, alarms = costliest(told(ROWS), 12)
    assert (missed.kind, missed.shown.tolist()) == ("missed", [1, 0])
    assert (misnamed.kind, misnamed.shown.tolist()) == ("misnamed", [3, 2])
    assert (alarms.kind, alarms.shown.tolist()) == ("false alarm", [5, 4])


def test_no_more_are_shown_than_asked_for_though_all_are_counted() -> None:
    missed = costliest(told(ROWS), 1)[0]
    assert (missed.shown.tolist(), missed.images, missed.lesions) == ([1], 2, 2)


def test_a_lesion_is_shown_once() -> None:
    missed, misnamed, _ = costliest(told(ROWS, ["a", "a", "a", "b", "c", "d", "e", "f"]), 12)
    assert (missed.shown.tolist(), missed.images, missed.lesions) == ([1], 2, 1)
    assert (misnamed.shown.tolist(), misnamed.images) == ([3], 2)


def test_without_an_operating_point_nothing_is_missed_and_nothing_an_alarm() -> None:
    missed, misnamed, alarms = costliest(draw(seed=8, spec=DecisionSpec(temperature=1)), 12)
    assert (missed.images, alarms.images) == (0, 0)
    assert misnamed.images > 0
