"""Coverage by hand, and of sets that were set on other draws from the same source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from lesion.decision import DecisionSpec, PredictionSets, SetKind, SetThreshold
from lesion.diagnosis import CODES
from tests.training.evaluation.trials import SPEC, answers, draw
from training.calibration.prediction_sets import fit_prediction_sets
from training.evaluation.answers import Answers
from training.evaluation.coverage import Coverage, coverage, law, middle

MEL, NV, DF = (CODES.index(code) for code in ("MEL", "NV", "DF"))
OWN = tuple(
    SetThreshold(threshold={MEL: 0.2, NV: 0.5}.get(k), lesions=99 if k in {MEL, NV} else 4) for k in range(len(CODES))
)
HAND = DecisionSpec(
    temperature=1.0,
    prediction_sets=PredictionSets(
        coverage=0.9, marginal=SetThreshold(threshold=0.4, lesions=202), class_conditional=OWN
    ),
)


def by_hand(lesions: list[str] | None = None) -> Answers:
    """Five images between MEL and NV: sets of MEL where it has 0.2, of NV where it has 0.5."""
    melanoma = np.array([0.1, 0.3, 0.45, 0.7, 0.9])
    logits = np.full((5, 8), -60.0)
    logits[:, MEL], logits[:, NV] = np.log(melanoma), np.log(1 - melanoma)
    return answers([NV, MEL, MEL, NV, DF], logits, lesions, spec=HAND)


def told_of(given: Answers, kind: SetKind) -> Coverage:
    told = coverage(given, kind)
    assert told is not None
    return told


def test_class_conditional_by_hand() -> None:
    told = told_of(by_hand(), "class_conditional")
    assert (told.overall.share.hits, told.overall.share.total) == (3, 5)
    assert told.sizes[:4] == (0, 3, 2, 0)
    assert told.mean_size == 1.4
    assert (told.singletons.hits, told.right_singletons.hits, told.empty.hits) == (3, 1, 0)
    classes = {each.name: each for each in told.classes}
    assert {name for name, each in classes.items() if each.promised} == {"MEL", "NV"}
    assert classes["DF"].held.share.total == 1
    assert classes["DF"].held.expected is None
    assert (classes["AK"].held.share.total, classes["AK"].lesions) == (0, 4)
    # DF has no promise: none can be made for all together.
    assert told.overall.expected is None
    assert told.of_promised.share.total == 4
    assert told.decides


def test_marginal_by_hand() -> None:
    told = told_of(by_hand(), "marginal")
    assert told.sizes[:3] == (0, 4, 1)
    assert told.overall == told.of_promised
    assert (told.overall.share.hits, told.overall.within) == (2, False)
    assert not any(each.promised for each in told.classes)
    assert not told.decides


def test_one_image_of_each_lesion_is_counted() -> None:
    told = told_of(by_hand(["a", "a", "a", "a", "b"]), "marginal")
    assert told.overall.share.total == 2
    assert told.all_images.total == 5


def test_the_law_of_a_class_is_the_beta_binomial() -> None:
    found = told_of(answers([MEL] * 40, np.eye(8)[[MEL] * 40], spec=HAND), "class_conditional").classes[MEL].held
    assert found.expected == pytest.approx(betabinom.ppf([0.025, 0.975], 40, 90, 10) / 40)


@given(st.integers(1, 60), st.integers(0, 80))
def test_laws_are_chances(lesions: int, images: int) -> None:
    for k in {1, lesions}:
        chance = law(k, lesions, images)
        assert chance.sum() == pytest.approx(1)
        assert (chance @ np.arange(images + 1)) == pytest.approx(images * k / (lesions + 1))
        low, high = middle(chance)
        assert 0 <= low <= high <= images
        assert chance[low : high + 1].sum() >= 0.95 - 1e-9


@pytest.mark.parametrize("kind", ["marginal", "class_conditional"])
def test_new_lesions_lie_in_the_interval_as_often_as_it_says(kind: SetKind) -> None:
    within = []
    for seed in range(60):
        known = draw(500, seed=1000 + seed).independent()
        sets = fit_prediction_sets(known.decision.probabilities, known.label)
        spec = SPEC.model_copy(update={"prediction_sets": sets})
        told = told_of(draw(300, seed=2000 + seed, spec=spec), kind)
        within.append(told.of_promised.within is True)
    assert np.mean(within) >= 0.88


def test_without_sets_there_is_nothing_to_cover() -> None:
    assert coverage(draw(20, spec=SPEC), "marginal") is None


def test_it_can_be_written_and_read() -> None:
    told = told_of(by_hand(), "class_conditional")
    assert Coverage.model_validate_json(told.model_dump_json()) == told
