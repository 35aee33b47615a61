from typing import Literal

import keras
import numpy as np
import pytest

from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from tests.training.evaluation.trials import SPEC
from training.catalog import Record
from training.evaluation.answers import Answers
from training.evaluation.interpretation import Interpretation, interpret
from training.evaluation.subject import Images, Logits, Metadata, Subject
from training.models.build import BUILDERS
from training.options.model import Model
from training.pipeline import InOrder
from training.predict import predict
from training.target import ISIC2019

pytestmark = pytest.mark.tensorflow

METADATA = MetadataSpec()
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8)


def part(rows: range) -> InOrder:
    records = [Record(image_id=f"i{row}", label=CODES[row % 8], age=40, sha256="", file="") for row in rows]
    return InOrder(PIXELS, records, list(rows), METADATA)


def interpreted(builder: Literal["baseline", "dual"]) -> Interpretation:
    keras.utils.set_random_seed(0)
    model = BUILDERS[builder](Model(builder=builder, backbone="tiny"), ImageSpec(size=32), METADATA, len(CODES))

    def ask(images: Images, metadata: Metadata) -> Logits:
        return np.asarray(model.predict_on_batch({"image": images, "metadata": metadata}))

    held = part(range(24, 40))
    subject = Subject(ask, PIXELS[24:], held.metadata, held.records, METADATA, ISIC2019)
    return interpret(model, part(range(24)), held, Answers.of(predict(model, held), SPEC), subject)


def test_a_model_with_evidence_is_explained_and_its_maps_are_measured() -> None:
    found = interpreted("dual")
    assert found.faithfulness is not None
    assert [curve.map for curve in found.faithfulness.curves] == [
        "evidence beyond average",
        "evidence",
        "Grad-CAM",
        "random",
        "center",
    ]
    assert found.position is not None
    assert found.faithfulness.images == found.position.images == 16
    entries = [entry for section in found.gallery.sections for entry in section.entries]
    assert entries
    assert all(len(entry.maps) == 2 and len(entry.neighbors) == 3 for entry in entries)
    assert {neighbor.image_id for entry in entries for neighbor in entry.neighbors} <= {f"i{row}" for row in range(24)}


def test_of_a_model_without_evidence_grad_cam_is_measured() -> None:
    found = interpreted("baseline")
    assert found.position is None
    assert found.faithfulness is not None
    assert [curve.map for curve in found.faithfulness.curves] == ["Grad-CAM", "random", "center"]
    assert all(not entry.maps for section in found.gallery.sections for entry in section.entries)
