from typing import Any

import pytest

from tests.training.report.cases import HOSTILE, plain, whole
from tests.training.report.front_matter import front_matter
from training.bootstrap import BOOTSTRAPS
from training.evaluation.evaluation import Evaluation
from training.evaluation.provenance import Ancestor, Class
from training.report.card import card, license_tag


def about(found: Evaluation, **update: Any) -> Evaluation:
    return found.model_copy(update={"provenance": found.provenance.model_copy(update=update)})


def test_its_header_is_what_hugging_face_reads() -> None:
    head = front_matter(card(whole()))
    assert head["license"] == "cc-by-nc-4.0"
    assert head["library_name"] == "keras"
    assert head["pipeline_tag"] == "image-classification"
    assert head["language"] == ["en"]
    assert head["datasets"] == [HOSTILE]
    assert head["base_model"] == HOSTILE
    (model,) = head["model-index"]
    (result,) = model["results"]
    assert model["name"] == HOSTILE
    assert result["task"]["type"] == "image-classification"
    assert result["dataset"]["split"] == "test"
    told = {each["type"]: each["value"] for each in result["metrics"]}
    finest = whole().reports["isic2019"]
    assert told["balanced_accuracy"] == pytest.approx(finest.balanced_accuracy, abs=1e-4)
    assert list(told) == head["metrics"]
    assert 0 < told["sensitivity"] <= 1


def test_a_table_stays_whole_whatever_it_holds() -> None:
    """Every row has as many cells as its head, though the words in it hold bars and breaks."""
    blocks = [block.strip().splitlines() for block in card(whole()).split("\n\n") if block.strip().startswith("|")]
    assert len(blocks) >= 7
    for head, rule, *rows in blocks:
        cells = head.replace("\\|", "").count("|")
        assert rule == "|" + "---|" * (cells - 1)
        assert rows
        assert all(row.startswith("|") and row.replace("\\|", "").count("|") == cells for row in rows)
    assert "| MEL |" in card(whole())


def test_it_has_what_a_reader_looks_for() -> None:
    told = card(whole())
    sections = (
        "Intended use",
        "How it works",
        "Data",
        "Training",
        "Operating points",
        "Prediction sets",
        "Calibration",
    )
    for section in (*sections, "When it does not answer", "Subgroups", "Shortcuts", "Limits", "License", "Contact"):
        assert f"\n## {section}\n" in told
    assert "Of 1,300 lesions and 1,600 files none lies in two parts" in told
    assert f"{BOOTSTRAPS:,} bootstrap draws" in told
    assert "refused" in told


def test_a_quick_grade_makes_a_card_too() -> None:
    told = card(plain())
    assert "It is opened for these figures only." in told
    assert "| MEL |" in told
    assert "Operating points" not in told
    assert "thresholds and prediction sets were set on it" in card(plain().model_copy(update={"part": "calibration"}))


def test_it_says_what_is_asked_and_seen() -> None:
    classes = tuple(Class(code=code, name=code, malignant=code == "malignant") for code in ("benign", "malignant"))
    told = card(about(plain(), classes=classes, reads_metadata=False))
    assert "malignant (MEL, BCC and SCC) or not" in told
    assert "the picture alone, metadata is ignored" in told
    assert "anatomic site" not in told


def test_malignant_is_what_the_run_counts_as_such() -> None:
    extra = Class(code="MERKEL", name="Merkel cell carcinoma", malignant=True)
    told = card(about(plain(), categories=(*plain().provenance.categories, extra)))
    assert "Malignant are MEL, BCC, SCC and MERKEL;" in told


def test_a_license_comes_along_with_what_was_learned_from() -> None:
    origin = Ancestor(run="parent", statement="HAM10000", license="CC BY-NC 4.0")
    told = card(about(plain(), license="Apache-2.0", ancestors=(origin,)))
    assert "license: cc-by-nc-4.0\n" in told
    assert "Learned from the run parent: HAM10000 (CC BY-NC 4.0)" in told


def test_licenses_are_named_as_hugging_face_names_them() -> None:
    assert license_tag(("Apache-2.0",)) == "apache-2.0"
    assert license_tag(("CC0", "CC BY-NC-SA 4.0")) == "cc-by-nc-sa-4.0"
    assert license_tag(("CC BY-NC-SA 4.0", "CC BY-NC 4.0")) == "cc-by-nc-4.0"
    assert license_tag(("CC0", "CC BY 4.0")) == "other"
    assert license_tag(("of one's own",)) == "other"
