from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from tests.service.bundles import seal, write_bundle
from tests.training.asking.cases import bundle, catalog, part
from training.asking import onnx_file
from training.asking.bundle import Bundle
from training.errors import InvalidData


def test_every_image_has_the_logits_of_its_own_pixels_and_patient(tmp_path: Path) -> None:
    opened, shown = bundle(tmp_path / "models"), part(catalog(tmp_path), tmp_path / "cache")
    asked = onnx_file.ask(opened, shown)
    session = ort.InferenceSession(opened.path)
    for place, record in enumerate(shown.records):
        inputs = {"image": shown.pixels[shown.rows[place]][None], "metadata": shown.metadata[place][None]}
        (expected,) = session.run(["logits"], inputs)
        assert asked.predictions.image_id[place] == record.image_id
        assert asked.predictions.lesion_id[place] == record.lesion_id
        np.testing.assert_allclose(asked.predictions.logits[place], expected[0], atol=1e-5)
    assert asked.predictions.label.tolist() == shown.labels.tolist()
    assert asked.shift_known
    assert not asked.rejected


def test_logits_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    dead = Bundle.open(write_bundle(tmp_path / "models", dead=True))
    with pytest.raises(InvalidData, match="some of them not finite"):
        onnx_file.ask(dead, part(catalog(tmp_path), tmp_path / "cache"))


def test_a_file_of_other_outputs_is_refused(tmp_path: Path) -> None:
    narrow = Bundle.open(write_bundle(tmp_path / "models", logits=7))
    with pytest.raises(InvalidData, match=r"Expected \(5, 8\)\. Received \(5, 7\)"):
        onnx_file.ask(narrow, part(catalog(tmp_path), tmp_path / "cache"))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    directory = bundle(tmp_path / "models").directory
    (directory / "model.onnx").write_bytes(b"no model")
    seal(directory)
    with pytest.raises(InvalidData, match="cannot be opened by ONNX Runtime"):
        onnx_file.ask(Bundle.open(directory), part(catalog(tmp_path), tmp_path / "cache"))
