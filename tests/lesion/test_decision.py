import numpy as np
import pytest

from lesion.decision import DecisionSpec, decide

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
