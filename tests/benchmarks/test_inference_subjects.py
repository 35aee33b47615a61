"""What is timed: every variant, runs as ONNX and as Keras, and an EfficientNet-B0 that is one."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from benchmarks.inference import efficientnet
from benchmarks.inference.command import FUNCTION, PREDICT, Command
from benchmarks.inference.process import Worker
from benchmarks.inference.subjects import Plan, given
from benchmarks.inference.way import ONE, Load
from lesion.decision import DecisionSpec
from tests.service.bundles import write_bundle
from training.finished import Finished
from training.models.build import build
from training.recipes.smoke import CONFIG

pytestmark = pytest.mark.tensorflow


def write_run(run: Path) -> Path:
    run.mkdir()
    build(CONFIG, run.parent, run.parent).save(run / "best.keras")
    (run / "config.json").write_text(CONFIG.model_dump_json())
    (run / "decision.json").write_text(DecisionSpec(temperature=1.0).model_dump_json())
    return run


def test_bundles_and_runs_are_timed_in_onnx_by_openvino_and_by_keras(tmp_path: Path) -> None:
    bundle, run, point = write_bundle(tmp_path / "models"), write_run(tmp_path / "run"), write_run(tmp_path / "point")
    found = given(Plan([bundle], [run], [point], batches=(1, 2, 8), openvino=True), tmp_path)
    assert [(each.way.model, each.way.engine, each.way.precision) for each in found] == [
        ("dermoscopy 1", "onnxruntime", "float32"),
        ("dermoscopy 1", "openvino", "float32"),
        ("dermoscopy 1", "openvino", "bfloat16"),
        ("run", "onnxruntime", "float32"),
        ("run", "openvino", "float32"),
        ("run", "openvino", "bfloat16"),
        ("run", "keras", PREDICT),
        ("run", "keras", FUNCTION),
        ("point", "onnxruntime", "float32"),
    ]
    assert len(found[0].loads) == 9
    assert Load(batch=8, lanes=2, threads=1) in found[0].loads
    assert found[1].loads == (ONE, Load(batch=8, lanes=1, threads=1))
    assert found[-1].loads == found[-2].loads == (ONE,)
    session = ort.InferenceSession(found[3].path, providers=["CPUExecutionProvider"])
    inputs = {"image": np.full((2, 48, 48, 3), 90, np.uint8), "metadata": np.zeros((2, CONFIG.metadata.width), "f4")}
    expected = Finished.read(run).model().predict_on_batch(inputs)
    np.testing.assert_allclose(session.run(["logits"], inputs)[0], expected, atol=1e-4)


def test_keras_serves_a_run_in_both_ways(tmp_path: Path) -> None:
    file = write_run(tmp_path / "run") / "best.keras"
    with Worker("keras", Path(sys.executable)) as worker:
        for call in (PREDICT, FUNCTION):
            assert worker.time(Command(str(file), call, batch=1, lanes=1, threads=1, runs=2)).wall > 0


def test_the_reference_is_efficientnet_b0() -> None:
    model = efficientnet.build()
    # 5.3 million parameters are told of 1,000 classes, 4.0 of them below the head; and 0.39 billion multiply-adds.
    assert model.count_params() == pytest.approx(4.06e6, rel=0.01)
    assert efficientnet.gflops(model) == pytest.approx(0.78, rel=0.02)


@pytest.mark.learning
def test_the_reference_is_converted_whole(tmp_path: Path) -> None:
    model, file = efficientnet.build(), tmp_path / "reference.onnx"
    efficientnet.write(model, file)
    session = ort.InferenceSession(file, providers=["CPUExecutionProvider"])
    (image,), (logits,) = session.get_inputs(), session.get_outputs()
    assert (image.type, image.shape[1:], logits.shape[1:]) == ("tensor(uint8)", [224, 224, 3], [8])
    given = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    np.testing.assert_allclose(session.run(None, {"image": given})[0], model(given), rtol=1e-3, atol=1e-7)
