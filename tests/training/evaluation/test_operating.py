"""Operating points on images whose malignancy is known by construction."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec, OperatingPoint, Unknown
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import TRIALS, answers
from training.evaluation.answers import Answers
from training.evaluation.operating import Operating, Point, operating

MALIGNANT = ("MEL", "BCC", "SCC")
SPEC = DecisionSpec(
    temperature=1.0,
    operating_points=(
        OperatingPoint(sensitivity=0.9, threshold=0.8, lower_bound=0.91, lesions=40),
        OperatingPoint(sensitivity=0.95, threshold=0.5, lower_bound=0.96, lesions=70),
        OperatingPoint(sensitivity=0.98, threshold=None, lower_bound=None, lesions=70),
    ),
    unknown=Unknown(threshold=-8.0, known=0.95),
)


def telling(called: list[tuple[str, bool]], lesions: list[str] | None = None, weight: float = 12.0) -> Answers:
    """Images by their true category, and whether malignancy is called with near certainty or not at all."""
    labels = [CODES.index(code) for code, _ in called]
    chosen = [CODES.index("MEL" if suspicious else "NV") for _, suspicious in called]
    return answers(labels, weight * np.eye(8)[chosen], lesions, spec=SPEC)


CALLED = [("MEL", True)] * 9 + [("MEL", False)] + [("BCC", True)] * 5 + [("AK", True)] * 3 + [("AK", False)]
CALLED += [("NV", False)] * 16 + [("NV", True)] * 5


def point(told: Operating, promised: float) -> Point:
    return next(each for each in told.points if each.promised == promised)


def test_by_hand() -> None:
    found = point(operating(telling(CALLED)), 0.95)
    assert found.sensitivity is not None
    assert found.specificity is not None
    assert found.independent is not None
    sensitivity, specificity = found.sensitivity.independent, found.specificity.independent
    assert (sensitivity.hits, sensitivity.total) == (14, 15)
    assert (specificity.hits, specificity.total) == (17, 25)
    assert found.independent == found.all_images
    assert (found.independent.false_negative, found.independent.false_positive) == (1, 8)
    assert found.predictive[0].prevalence == 15 / 40
    assert found.predictive[0].ppv == pytest.approx(14 / 22)
    assert found.reached is False
    assert found.covered is True


def test_missed_melanomas_and_alarms_for_keratoses_are_seen() -> None:
    found = {each.category: each for each in point(operating(telling(CALLED)), 0.95).categories}
    assert list(found) == ["MEL", "NV", "BCC", "AK"]
    assert [code for code, each in found.items() if each.malignant] == ["MEL", "BCC"]
    counts = {
        code: (each.suspicious.independent.hits, each.suspicious.independent.total) for code, each in found.items()
    }
    assert counts == {"MEL": (9, 10), "NV": (5, 21), "BCC": (5, 5), "AK": (3, 4)}


def test_a_refused_point_says_what_it_takes() -> None:
    refused = point(operating(telling(CALLED)), 0.98)
    assert refused.refused == (
        "70 malignant lesions cannot promise a sensitivity of 0.98: it takes 149, none of them missed."
    )
    assert (refused.threshold, refused.sensitivity, refused.independent) == (None, None, None)
    assert refused.lesions_needed == 149
    assert (refused.predictive, refused.categories) == ((), ())
    assert point(operating(telling(CALLED)), 0.9).refused is None


def test_a_promise_far_from_kept_is_not_covered() -> None:
    broken = point(operating(telling([("MEL", True)] * 20 + [("MEL", False)] * 20 + [("NV", False)])), 0.95)
    assert broken.covered is False
    kept = point(operating(telling([("MEL", True)] * 40 + [("NV", False)])), 0.95)
    assert (kept.covered, kept.reached) == (True, True)


def test_images_of_a_lesion_count_once_where_counts_must_be_independent() -> None:
    lesions = [f"lesion {place // 2}" for place in range(len(CALLED))]
    found = point(operating(telling(CALLED, lesions)), 0.95)
    assert found.independent is not None
    assert found.all_images is not None
    assert sum(vars(found.independent).values()) == 20
    assert sum(vars(found.all_images).values()) == 40


def test_outcomes_by_category() -> None:
    # Weights of 1 leave the energy above the threshold: what is not suspicious is undetermined.
    told = operating(telling([*CALLED, ("DF", False)]))
    strange = operating(telling([("NV", False), ("MEL", False)], weight=1.0))
    assert told.outcomes is not None
    assert strange.outcomes is not None
    assert told.outcomes.outcomes == ("suspicious", "undetermined", "not_suspicious")
    columns = dict(zip(told.outcomes.categories, np.array(told.outcomes.counts).T.tolist(), strict=True))
    assert (columns["MEL"], columns["AK"], columns["DF"]) == ([9, 0, 1], [3, 0, 1], [0, 0, 1])
    assert np.array(strange.outcomes.counts).sum(axis=1).tolist() == [0, 2, 0]
    assert told.independent_outcomes == told.outcomes
    assert told.chosen == 0.95


def test_without_malignant_images_there_is_no_sensitivity() -> None:
    found = point(operating(telling([("NV", False), ("NV", True)])), 0.95)
    assert found.sensitivity is not None
    assert found.sensitivity.independent.value is None
    assert (found.reached, found.covered, found.predictive) == (None, None, ())


def test_without_points_thresholds_can_still_be_explored() -> None:
    told = operating(answers([0, 1], np.eye(8)[[0, 1]], spec=DecisionSpec(temperature=1.0)))
    assert (told.points, told.chosen, told.outcomes, told.independent_outcomes) == ((), None, None, None)
    assert len(told.explorer.threshold) == 2


@pytest.mark.parametrize("given", TRIALS.values(), ids=TRIALS)
def test_it_can_be_written_and_read(given: Answers) -> None:
    told = operating(given)
    assert Operating.model_validate_json(told.model_dump_json()) == told
