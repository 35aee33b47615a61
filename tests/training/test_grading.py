"""What every run ends with must hold for parts that lack whole kinds of images, too."""

from pathlib import Path

import keras
import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from lesion.patient import MetadataSpec
from lesion.quality import QualitySpec
from tests.training.evaluation.trials import SPEC, answers
from tests.training.report.cases import plain
from training.catalog import Catalog, Record
from training.evaluation.answers import Answers
from training.evaluation.evaluation import Evaluation
from training.grading import Examination, tell
from training.pipeline import InOrder
from training.report.card import card
from training.report.page import render

pytestmark = pytest.mark.tensorflow

MEL, NV, BKL = (CODES.index(code) for code in ("MEL", "NV", "BKL"))
LABELS = {
    "one class": [NV] * 60,
    "no malignant": [NV, BKL] * 30,
    "all malignant": [MEL] * 60,
    "one malignant": [MEL] + [NV] * 59,
    "one image": [NV],
}


def records(given: Answers) -> list[Record]:
    named = zip(given.predictions.image_id.tolist(), given.label.tolist(), strict=True)
    return [Record(image_id=name, label=CODES[label], sha256="", file="") for name, label in named]


@pytest.mark.parametrize("spec", [SPEC, DecisionSpec(temperature=1.0)], ids=["decides", "does not decide"])
@pytest.mark.parametrize("kind", LABELS)
def test_a_part_that_lacks_kinds_of_images_is_told_without_nan(kind: str, spec: DecisionSpec) -> None:
    logits = np.random.default_rng(0).normal(size=(len(LABELS[kind]), len(CODES)))
    given = answers(LABELS[kind], logits, spec=spec)
    found = plain().model_copy(update={"decision": spec, **tell(given, records(given))})
    written = found.model_dump_json()
    assert "NaN" not in written
    assert Evaluation.model_validate_json(written).classification == found.classification
    assert "Category by category" in render(found)
    assert "# " in card(found)


def test_answers_to_other_images_are_not_examined() -> None:
    """They would be joined to pictures by their place."""
    given = answers([MEL, NV], np.eye(2, len(CODES)))
    own = records(given)
    pixels = np.zeros((2, 8, 8, 3), np.uint8)
    part = InOrder(pixels, own[::-1], [1, 0], MetadataSpec())
    with pytest.raises(ValueError, match="Expected answers to the 2 images, in order"):
        Examination(keras.Sequential(), part, part, Catalog(own, Path()), given, QualitySpec(size=8))
