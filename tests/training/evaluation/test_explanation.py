import numpy as np
import pytest

from training.evaluation.explanation import Explanation


def explanation(classes: int = 3, *, off: float = 0.0) -> Explanation:
    rng = np.random.default_rng(0)
    bias = rng.normal(size=classes).astype("f")
    evidence = rng.normal(size=(4, 2, 5, classes)).astype("f")
    contributions = rng.normal(size=(4, 6, classes)).astype("f")
    logits = bias + evidence.mean(axis=(1, 2)) + contributions.sum(axis=1)
    return Explanation((logits + off).astype("f"), bias, evidence, contributions)


@pytest.mark.parametrize("off", [2e-4, -2e-4, float("nan")])
def test_terms_that_do_not_add_up_are_refused(off: float) -> None:
    with pytest.raises(ValueError, match="does not add up to the answer"):
        explanation(off=off)


def test_terms_of_other_logits_are_refused() -> None:
    whole = explanation()
    with pytest.raises(ValueError, match=r"Expected \(4, 2\). Received \(4, 3\)"):
        Explanation(whole.logits[:, :2], whole.bias, whole.evidence, whole.contributions)


def test_maps_and_terms_of_a_class_make_its_logit() -> None:
    whole, classes = explanation(), np.array([2, 0, 1, 2])
    total = whole.bias[classes] + whole.maps(classes).mean(axis=(1, 2)) + whole.terms(classes).sum(axis=1)
    np.testing.assert_allclose(total, whole.logits[range(4), classes], atol=1e-5)


def test_a_single_logit_speaks_against_the_first_class() -> None:
    whole = explanation(classes=1)
    maps = whole.maps(np.array([0, 1, 0, 1]))
    np.testing.assert_array_equal(maps[0], -whole.evidence[0, ..., 0])
    np.testing.assert_array_equal(maps[1], whole.evidence[1, ..., 0])
    np.testing.assert_array_equal(whole.terms(np.zeros(4, int)), -whole.contributions[..., 0])


def test_counted_from_an_average_the_sum_is_the_same() -> None:
    whole = explanation()
    relative = whole.relative_to(whole.evidence.mean(axis=0))
    np.testing.assert_array_equal(relative.logits, whole.logits)
    np.testing.assert_allclose(relative.evidence.mean(axis=0), 0, atol=1e-6)
    assert relative.take(np.array([3])).evidence.shape == (1, 2, 5, 3)
