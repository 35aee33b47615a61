from typing import Any

from tests.training.report.cases import HOSTILE, plain, whole
from training.evaluation.evaluation import Evaluation
from training.report.cautions import cautions
from training.report.page import SECTIONS


def told(found: Evaluation) -> str:
    return " ".join(each.words for each in cautions(found))


def changed(**update: Any) -> Evaluation:
    return whole().model_copy(update=update)


def test_the_part_is_told_unless_it_is_test() -> None:
    assert "on which thresholds were set" not in told(plain())
    assert cautions(changed(part="calibration"))[0].words.startswith("These figures are of the calibration part")


def test_a_promise_that_could_not_be_made_is_told() -> None:
    assert "No threshold could be set for a sensitivity of 98" in told(whole())
    assert "No coverage of its own is promised for DF" in told(whole())


def test_a_promise_that_is_not_kept_is_told() -> None:
    """Random predictions: a threshold that was made up misses more than it promises."""
    point = whole().operating.points[1]  # type: ignore[union-attr]
    assert point.reached is False
    assert "where 95\N{NO-BREAK SPACE}% was promised; its interval lies below it" in told(whole())


def test_groups_that_chance_does_not_explain_are_told() -> None:
    assert f"Sensitivity differs more than chance allows by {HOSTILE} (50.0" in told(whole())
    subgroups = whole().subgroups
    assert subgroups is not None
    (dimension,) = subgroups.dimensions
    rare = dimension.gaps[0].model_copy(update={"chance": 0.04})
    one = dimension.model_copy(update={"gaps": (rare,)})
    many = dimension.model_copy(update={"gaps": (rare, rare)})
    assert "Sensitivity differs" in told(changed(subgroups=subgroups.model_copy(update={"dimensions": (one,)})))
    assert "Sensitivity differs" not in told(changed(subgroups=subgroups.model_copy(update={"dimensions": (many,)})))


def test_knowledge_from_outside_the_lesion_is_told() -> None:
    assert f"without seeing the lesion ({HOSTILE})" in told(whole())
    assert whole().shortcuts is not None
    rows = whole().shortcuts.rows[::2]  # type: ignore[union-attr]
    lit = whole().shortcuts.model_copy(update={"rows": rows})  # type: ignore[union-attr]
    assert "without seeing" not in told(changed(shortcuts=lit))


def test_strange_pictures_that_are_called_harmless_are_told() -> None:
    assert "pass every gate and are called not suspicious" in told(whole())
    assert "pass every gate" not in told(changed(strangers=None))


def test_every_caution_leads_to_a_section() -> None:
    assert {each.section for each in cautions(whole())} <= {section.id for section in SECTIONS}
