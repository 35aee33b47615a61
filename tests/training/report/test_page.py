"""The page is whole HTML, asks nothing of any host, shows every section, and hostile words as words."""

import base64
import hashlib
import json

import numpy as np
import pytest

from tests.training.report.cases import HOSTILE, pictures, plain, whole
from tests.training.report.html import LOADING, Page
from tests.training.test_evaluate import random_predictions
from training.datareport.words import percent
from training.evaluation.answers import Answers
from training.evaluation.classification import classification
from training.evaluation.operating import operating
from training.evaluation.provenance import Class
from training.evaluation.ranking import ranking
from training.predictions import Predictions
from training.report.card import card
from training.report.page import SECTIONS, render
from training.target import Target


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render(whole(), pictures()))


def test_it_loads_nothing_from_any_host(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert "url(" not in (value or "")
            if name in LOADING:
                assert str(value).startswith(("data:image/", "#"))


def test_only_the_script_of_its_policy_runs(page: Page) -> None:
    told, script = page.scripts
    (policy,) = (str(each["content"]) for each in page.named("meta") if "http-equiv" in each)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.split("script-src")[1]
    assert len(json.loads(told)["threshold"]) > 100


def test_every_section_stands_in_the_contents_and_on_the_page(page: Page) -> None:
    targets = [str(each["href"]) for each in page.named("nav") + page.named("a") if "href" in each]
    for section in SECTIONS:
        assert f"#{section.id}" in targets
        assert section.id in page.ids
        assert section.title in page.text
    assert {target[1:] for target in targets} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert "Not in this report" not in page.text


def test_hostile_words_are_shown_as_words(page: Page) -> None:
    assert len(page.named("script")) == 2
    assert "<script>alert('x')</script> & |" in page.text
    assert all(HOSTILE not in script for script in page.scripts)


def test_every_figure_has_words(page: Page) -> None:
    assert all(attributes.get("alt") for attributes in page.named("img"))
    drawings = [each for each in page.named("svg") if each["class"] == "plot"]
    assert len(drawings) > 25
    assert all(each["role"] == "img" and len(str(each["aria-label"])) > 20 for each in drawings)
    assert all("scope" in each for each in page.named("th"))


def test_the_operating_points_stand_in_a_table_for_whoever_has_no_script(page: Page) -> None:
    (live,) = (each for each in page.named("div") if each.get("id") == "live")
    assert "hidden" in live
    point = whole().operating.points[1].independent  # type: ignore[union-attr]
    assert point is not None
    table = page.text.split("The operating points; lesions of this part.")[1]
    assert all(str(count) in table for count in (point.true_positive, point.false_negative, point.true_negative))


def test_figures_stand_as_they_were_measured(page: Page) -> None:
    found = whole()
    assert found.classification is not None
    assert f"{found.classification.even.balanced_accuracy.value:.3f}" in page.text
    assert f"{found.classification.even.confusion[0][1]}" in page.text
    assert "refused" in page.text


def test_a_quick_grade_says_what_is_not_there() -> None:
    told = Page(render(plain()))
    assert "Not in this report, because it was not asked for: The decision" in told.text
    assert {"data", "checklist", "methods"} <= set(told.ids)
    assert "explorer" not in told.ids
    assert not told.named("script")


def test_a_picture_that_is_not_given_is_not_passed_over() -> None:
    with pytest.raises(Exception, match=r"hostile\.png"):
        render(whole(), {})


def test_a_decision_without_a_point_is_told() -> None:
    assert whole().operating is not None
    update = {"chosen": None, "outcomes": None, "independent_outcomes": None}
    nothing = whole().operating.model_copy(update=update)  # type: ignore[union-attr]
    told = Page(render(whole().model_copy(update={"operating": nothing}), pictures()))
    assert "No operating point could be set" in told.text


def test_a_model_that_tells_malignancy_alone() -> None:
    given, target = random_predictions(), Target(kind="malignancy")
    logits = np.where(np.isin(given.label, [0, 2, 7]), 1.0, -1.0) + np.random.default_rng(1).normal(size=400)
    one = Predictions(given.image_id, given.lesion_id, given.label, logits[:, None].astype(np.float32))
    spec = whole().decision.model_copy(update={"log_prior": (), "prediction_sets": None})
    answers = Answers.of(one, spec, target)
    classes = tuple(Class(code=code, name=code, malignant=code == "malignant") for code in target.classes)
    found = plain().model_copy(
        update={
            "provenance": plain().provenance.model_copy(update={"classes": classes}),
            "classification": classification(answers),
            "ranking": ranking(answers),
            "operating": operating(answers),
        }
    )
    told = Page(render(found))
    assert "how probable it is that the lesion is malignant" in told.text
    assert "BKL" in told.text.split("Who is called suspicious")[1]
    assert "malignant (MEL, BCC and SCC) or not" in card(found)


def test_a_benefit_is_told_at_the_share_of_malignant_images_it_was_measured_at(page: Page) -> None:
    curve = whole().decision_curve
    assert curve is not None
    assert f"On these images, {percent(curve.prevalence)} of them malignant, " in page.text


def test_the_outcome_of_an_error_is_not_that_of_its_picture_alone(page: Page) -> None:
    assert "from the threshold): not suspicious. From the picture alone 2.0" in page.text


def test_what_became_of_strange_pictures_is_a_dash_where_it_is_not_known() -> None:
    (strange,) = whole().strangers or ()
    unknown = strange.model_copy(update=dict.fromkeys(("undetermined", "suspicious", "reassured")))
    found = whole().model_copy(update={"strangers": (unknown,)})
    assert render(found, pictures()).count('<td style="--share:0.000">–</td>') == 3


def test_graded_where_thresholds_were_set_it_says_so_first() -> None:
    told = render(plain().model_copy(update={"part": "calibration"}))
    assert "on which thresholds and prediction sets were set" in told
    assert "on which thresholds and prediction sets were set" not in render(plain())


def test_actinic_keratosis_is_told_of_where_it_is_a_category_that_does_not_count() -> None:
    about, sentence = plain().provenance, "pre-malignant and not counted"
    counted = tuple(
        each.model_copy(update={"malignant": each.malignant or each.code == "AK"}) for each in about.categories
    )
    for categories in (counted, tuple(each for each in about.categories if each.code != "AK")):
        found = plain().model_copy(update={"provenance": about.model_copy(update={"categories": categories})})
        assert sentence not in render(found)
        assert sentence not in card(found)
    assert sentence in render(plain())
    assert sentence in card(plain())
