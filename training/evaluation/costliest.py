"""Which errors to look at first: what each kind costs a patient, and how sure the model was of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lesion.decision import Floats
from training.evaluation.answers import Answers, Booleans, Integers

Kind = Literal["missed", "misnamed", "false alarm"]


@dataclass(frozen=True)
class Costliest:
    """Errors of one kind: `shown` int64 (n,), costliest first, and how many images and lesions there are of it."""

    kind: Kind
    shown: Integers
    images: int
    lesions: int


def costliest(answers: Answers, limit: int) -> tuple[Costliest, ...]:
    """Up to `limit` of each kind, dearest kind first. A lesion is shown once, by its costliest image.

    An image is of the dearest kind that it fits. Without an operating point nothing is missed, and nothing an alarm.
    """
    lesions, shown = answers.predictions.lesion_id, set[str]()
    found = []
    for kind, fits, cost in _kinds(answers):
        places = np.flatnonzero(fits)
        chosen = _first_of_lesions(places[np.argsort(-cost[places], kind="stable")], lesions, shown)[:limit]
        shown.update(lesions[chosen].tolist())
        found.append(Costliest(kind, chosen, len(places), len(np.unique(lesions[places]))))
    return tuple(found)


def _kinds(answers: Answers) -> Iterator[tuple[Kind, Booleans, Floats]]:
    """Each kind, which images (N,) are of it, and what they cost (N,)."""
    probabilities, malignancy = answers.decision.probabilities, answers.decision.malignancy
    answer, point = probabilities.argmax(axis=1), answers.decision.point
    threshold = None if point is None else point.threshold
    below = np.zeros(len(answer), bool) if threshold is None else malignancy < threshold
    alarm = np.zeros(len(answer), bool) if threshold is None else ~below
    yield "missed", answers.malignant & below, -malignancy
    misnamed = answers.malignant & ~below & (answer != answers.label)
    # To be named benign costs more than to be named another cancer, however sure the model is.
    benign = ~np.array(answers.malignant_classes)[answer]
    yield "misnamed", misnamed, probabilities.max(axis=1) + benign
    yield "false alarm", ~answers.malignant & alarm, malignancy


def _first_of_lesions(
    places: Integers, lesions: np.ndarray[tuple[int], np.dtype[np.str_]], shown: set[str]
) -> Integers:
    """Those of lesions not yet shown, in order, each lesion once."""
    first = dict[str, int]()
    for place in places.tolist():
        first.setdefault(str(lesions[place]), place)
    return np.array([place for lesion, place in first.items() if lesion not in shown], np.int64)
