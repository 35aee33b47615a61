"""Drawings are well-formed SVG with words for whoever does not see them."""

import re
import xml.etree.ElementTree as ET

import pytest
from markupsafe import Markup

from tests.training.report.cases import HOSTILE, whole
from training.evaluation.evaluation import Evaluation
from training.report.figures.drawings import DRAWINGS
from training.report.figures.plot import Plot


def drawn(found: Evaluation) -> dict[str, Markup | None]:
    assert found.ranking
    assert found.calibration
    assert found.selective
    assert found.decision_curve
    assert found.classification
    assert found.subgroups
    assert found.shortcuts
    assert found.faithfulness
    assert found.operating
    dimension = found.subgroups.dimensions[0]
    given = {
        "roc": (found.ranking.malignancy,),
        "precision_recall": (found.ranking.malignancy, found.ranking.images),
        "reliability": (found.calibration.independent.top, "stated", "came true"),
        "risk_coverage": (found.selective,),
        "decision_curve": (found.decision_curve,),
        "recalls": (found.classification.even.classes,),
        "called": (found.operating.points[0].categories, 0.9),
        "groups": (dimension, found.subgroups.overall, "sensitivity"),
        "shortcuts": (found.shortcuts,),
        "walk": (found.faithfulness, "deletion"),
    }
    assert given.keys() == DRAWINGS.keys()
    return {name: DRAWINGS[name](*arguments) for name, arguments in given.items()}


@pytest.mark.parametrize("name", DRAWINGS)
def test_it_is_whole_and_has_words(name: str) -> None:
    svg = drawn(whole())[name]
    assert svg is not None
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.attrib["role"] == "img"
    assert len(root.attrib["aria-label"]) > 20
    assert not re.search(r"\bnan\b", svg)


def test_everything_drawn_lies_inside() -> None:
    for svg in drawn(whole()).values():
        root = ET.fromstring(str(svg))  # noqa: S314 - our own
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        for each in root.iter("circle"):
            assert 0 <= float(each.attrib["cx"]) <= width
            assert 0 <= float(each.attrib["cy"]) <= height
        for each in root.iter("text"):
            assert float(each.attrib.get("x", 0)) <= width


def test_a_class_without_images_has_no_curve() -> None:
    assert whole().ranking is not None
    absent = whole().ranking.malignancy.model_copy(update={"roc": None, "precision_recall": None})  # type: ignore[union-attr]
    assert DRAWINGS["roc"](absent) is None
    assert DRAWINGS["precision_recall"](absent, 400) is None


def test_places_are_those_of_the_data() -> None:
    plot = Plot(110, 60, (0, 1), (0, 2), left=10, right=0, top=0, bottom=10)
    assert (plot.across(0), plot.across(1), plot.across(0.5)) == (10, 110, 60)
    assert (plot.up(0), plot.up(2), plot.up(1)) == (50, 0, 25)


def test_words_in_a_drawing_are_words() -> None:
    svg = Plot(100, 100, (0, 1), (0, 1)).word(0, 0, HOSTILE).drawn(HOSTILE)
    assert ET.fromstring(svg).attrib["aria-label"].startswith("<script>")  # noqa: S314 - our own
    assert "<script>" not in svg
