import numpy as np
import pytest

from lesion.decision import (
    DecisionSpec,
    OperatingPoint,
    PredictionSets,
    SetThreshold,
    Unknown,
    decide,
    energy,
    even,
)

MALIGNANT = (True, False, True)


def test_probabilities_sum_to_one_and_malignancy_to_its_classes() -> None:
    answer = decide(np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]], np.float32), MALIGNANT, DecisionSpec(temperature=1))
    expected = np.exp([2, 1, 0]) / np.exp([2, 1, 0]).sum()
    np.testing.assert_allclose(answer.probabilities[0], expected, atol=1e-12)
    np.testing.assert_allclose(answer.malignancy, [expected[0] + expected[2], 2 / 3], atol=1e-12)


def test_temperature_divides_the_logits() -> None:
    logits = np.array([[3.0, 1.0, -1.0]], np.float32)
    hot = decide(logits, MALIGNANT, DecisionSpec(temperature=2)).probabilities
    np.testing.assert_allclose(hot, decide(logits / 2, MALIGNANT, DecisionSpec(temperature=1)).probabilities)


def test_large_logits_do_not_overflow() -> None:
    answer = decide(np.array([[1e4, 0, -1e4]], np.float32), MALIGNANT, DecisionSpec(temperature=0.5))
    np.testing.assert_allclose(answer.probabilities, [[1, 0, 0]])


@pytest.mark.parametrize("logits", [np.zeros(3), np.zeros((2, 4)), np.zeros((1, 2))])
def test_a_wrong_shape_is_refused(logits: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"Expected \(N, 3\). Received"):
        decide(logits, MALIGNANT, DecisionSpec(temperature=1))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        decide(np.array([[0, bad, 0]]), MALIGNANT, DecisionSpec(temperature=1))


def whole(**changes: object) -> DecisionSpec:
    """Every threshold set, for three classes."""
    promised = [SetThreshold(threshold=level, lesions=20) for level in (0.1, 0.6)]
    spec = DecisionSpec(
        temperature=2,
        log_prior=(0.0, -1.0, -2.0),
        operating_points=(
            OperatingPoint(sensitivity=0.9, threshold=0.4, lower_bound=0.91, lesions=50),
            OperatingPoint(sensitivity=0.95, threshold=0.2, lower_bound=0.96, lesions=50),
            OperatingPoint(sensitivity=0.98, threshold=None, lower_bound=None, lesions=50),
        ),
        prediction_sets=PredictionSets(
            coverage=0.9,
            marginal=SetThreshold(threshold=0.3, lesions=45),
            class_conditional=(*promised, SetThreshold(threshold=None, lesions=5)),
        ),
        unknown=Unknown(threshold=-1.0, known=0.95),
    )
    return spec.model_copy(update=changes)


BENIGN_ONE = (True, False, False)


def test_the_prior_is_added_after_the_temperature() -> None:
    answer = decide(np.array([[2.0, 4.0, 6.0]]), BENIGN_ONE, whole())
    np.testing.assert_allclose(answer.probabilities, np.full((1, 3), 1 / 3))
    np.testing.assert_allclose(
        even(np.array([[2.0, 4.0, 6.0]]), whole())[0], np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum()
    )


def logits_for(probabilities: list[float], energy_wanted: float) -> np.ndarray:
    """Logits that the spec turns into these probabilities, and whose energy is as wanted."""
    raw = 2 * (np.log(probabilities) - np.array([0.0, -1.0, -2.0]))
    shifted: np.ndarray = (raw + energy(raw[None])[0] - energy_wanted)[None]
    return shifted


@pytest.mark.parametrize(
    ("malignancy", "energy_wanted", "outcome"),
    [
        (0.25, -3.0, "suspicious"),
        (0.25, 3.0, "suspicious"),  # even when the picture is unlike all that is known
        (0.10, 3.0, "undetermined"),
        (0.10, -3.0, "not_suspicious"),
    ],
)
def test_outcomes_take_precedence_in_their_order(malignancy: float, energy_wanted: float, outcome: str) -> None:
    logits = logits_for([malignancy, 0.5, 0.5 - malignancy], energy_wanted)
    answer = decide(logits, BENIGN_ONE, whole())
    np.testing.assert_allclose(answer.malignancy, malignancy)
    assert answer.unknown is not None
    np.testing.assert_allclose(answer.unknown, energy_wanted)
    assert answer.outcome == (outcome,)


def test_the_operating_point_is_chosen_and_named() -> None:
    logits = logits_for([0.25, 0.5, 0.25], -3.0)
    assert decide(logits, BENIGN_ONE, whole(), sensitivity=0.9).outcome == ("not_suspicious",)
    answer = decide(logits, BENIGN_ONE, whole(), sensitivity=0.95)
    assert answer.outcome == ("suspicious",)
    assert answer.point is not None
    assert answer.point.threshold == 0.2


@pytest.mark.parametrize("sensitivity", [0.98, 0.5])
def test_a_sensitivity_that_is_not_promised_is_refused(sensitivity: float) -> None:
    with pytest.raises(ValueError, match=r"Expected one of \[0.9, 0.95\]. Received"):
        decide(np.zeros((1, 3)), BENIGN_ONE, whole(), sensitivity=sensitivity)


def test_sets_hold_what_reaches_its_threshold() -> None:
    logits = logits_for([0.35, 0.4, 0.25], -3.0)
    conditional = decide(logits, BENIGN_ONE, whole())
    marginal = decide(logits, BENIGN_ONE, whole(), set_kind="marginal")
    assert conditional.sets is not None
    assert marginal.sets is not None
    assert conditional.sets.tolist() == [[True, False, False]]
    assert marginal.sets.tolist() == [[True, True, False]]


def test_without_a_marginal_threshold_nothing_is_ruled_out() -> None:
    sets = PredictionSets(
        coverage=0.9,
        marginal=SetThreshold(threshold=None, lesions=3),
        class_conditional=(SetThreshold(threshold=None, lesions=1),) * 3,
    )
    answer = decide(np.zeros((1, 3)), BENIGN_ONE, whole(prediction_sets=sets))
    assert answer.sets is not None
    assert answer.sets.all()


def test_a_temperature_alone_gives_probabilities_alone() -> None:
    answer = decide(np.zeros((2, 3)), BENIGN_ONE, DecisionSpec(temperature=1))
    assert (answer.point, answer.sets, answer.unknown, answer.outcome) == (None, None, None, None)


def test_rows_are_taken_with_all_that_was_decided() -> None:
    logits = np.concatenate([logits_for([0.25, 0.5, 0.25], -3.0), logits_for([0.1, 0.5, 0.4], 3.0)])
    taken = decide(logits, BENIGN_ONE, whole()).take(np.array([1]))
    again = decide(logits[1:], BENIGN_ONE, whole())
    np.testing.assert_array_equal(taken.probabilities, again.probabilities)
    assert taken.outcome == again.outcome == ("undetermined",)


def test_a_spec_survives_json() -> None:
    assert DecisionSpec.model_validate_json(whole().model_dump_json()) == whole()


def test_where_nothing_could_be_promised_there_is_no_outcome() -> None:
    points = (OperatingPoint(sensitivity=0.95, threshold=None, lower_bound=None, lesions=4),)
    answer = decide(np.zeros((1, 3)), BENIGN_ONE, whole(operating_points=points))
    assert answer.point is None
    assert answer.outcome is None


def test_an_image_alone_is_answered_as_among_others_to_the_last_bit() -> None:
    logits = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32) * 4
    malignant, spec = (True, False, True, False, False, False, False, True), DecisionSpec(temperature=1.3)
    for together in (decide(logits, malignant, spec), decide(np.asfortranarray(logits), malignant, spec)):
        alone = [decide(row[None], malignant, spec).malignancy[0] for row in logits]
        np.testing.assert_array_equal(together.malignancy, alone)


def test_a_point_that_was_refused_does_not_hide_one_that_was_promised() -> None:
    refused = OperatingPoint(sensitivity=0.95, threshold=None, lower_bound=None, lesions=9)
    points = (refused, *whole().operating_points)
    point = whole(operating_points=points).operating_point(0.95)
    assert point is not None
    assert point.threshold == 0.2
