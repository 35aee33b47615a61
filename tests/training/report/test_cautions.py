from typing import Any

from tests.training.report.cases import HOSTILE, pictures, plain, whole
from training.evaluation.estimate import Estimate
from training.evaluation.evaluation import Evaluation
from training.evaluation.share import DependentShare
from training.report.cautions import cautions
from training.report.page import SECTIONS, render


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


def test_an_error_that_is_smaller_than_chance_would_make_it_is_no_fault() -> None:
    calibration = whole().calibration
    assert calibration is not None

    def off(value: float) -> Evaluation:
        error = calibration.independent.malignancy.equal_width.model_copy(
            update={"value": value, "perfect": (0.02, 0.04), "within": False}
        )
        malignancy = calibration.independent.malignancy.model_copy(update={"equal_width": error})
        independent = calibration.independent.model_copy(update={"malignancy": malignancy})
        return changed(calibration=calibration.model_copy(update={"independent": independent}))

    assert "Probabilities of malignancy are off: calibration error 0.050" in told(off(0.05))
    assert "Probabilities of malignancy are off" not in told(off(0.01))
    assert "off by more than chance explains" in render(off(0.05), pictures())
    assert "nothing speaks against these probabilities" in render(off(0.01), pictures())


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
    assert f"with the lesion or its middle covered ({HOSTILE})" in told(whole())
    assert "from the surroundings, or from lesions that reach that far" in told(whole())
    assert whole().shortcuts is not None
    rows = whole().shortcuts.rows[::2]  # type: ignore[union-attr]
    lit = whole().shortcuts.model_copy(update={"rows": rows})  # type: ignore[union-attr]
    assert "its middle covered" not in told(changed(shortcuts=lit))
    perfect = lit.model_copy(
        update={"rows": (rows[0], rows[1].model_copy(update={"malignancy_auc": Estimate(value=1.0, interval=None)}))}
    )
    assert "its middle covered (border only)" in told(changed(shortcuts=perfect))


def test_paint_that_hides_malignant_lesions_is_told() -> None:
    found = whole().shortcuts
    assert found is not None

    def told_of(hits: int) -> str:
        missed = DependentShare(hits=hits, total=100, value=hits / 100, interval=None)
        ink = found.rows[0].model_copy(update={"name": "ink", "kind": "painted", "missed": missed})
        return told(changed(shortcuts=found.model_copy(update={"rows": (ink,)})))

    assert "once it is painted on the picture: ink (20.0" in told_of(20)
    assert "painted on the picture" not in told_of(4)


def test_strange_pictures_that_are_called_harmless_are_told() -> None:
    assert "pass every gate and are called not suspicious" in told(whole())
    assert "pass every gate" not in told(changed(strangers=None))


def test_every_caution_leads_to_a_section() -> None:
    assert {each.section for each in cautions(whole())} <= {section.id for section in SECTIONS}
