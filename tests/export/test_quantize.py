"""A trained run in 8 bits: the same answers, proven on held-out images, or nothing is written."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from export.__main__ import main
from export.int8 import Int8
from lesion.manifest import Manifest, sha256
from service.__main__ import main as service
from training import run
from training.predictions import Predictions

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def home(smoke_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's directory with version 1, float32 alone."""
    models = tmp_path_factory.mktemp("models")
    assert main(["convert", str(smoke_run), "--models", str(models), "--name", "trial"]) == 0
    return models / "trial"


def quantize(home: Path, smoke_run: Path, drawn: Path, *options: str) -> int:
    places = ["--data", str(drawn), "--cache", str(smoke_run.parent / "cache")]
    return main(["quantize", str(home / "1"), "--run", str(smoke_run), *places, *options])


@pytest.fixture(scope="module")
def int8(home: Path, smoke_run: Path, drawn: Path) -> Path:
    """Version 2, with int8. The bound is wide: 64 held-out drawings prove little."""
    assert quantize(home, smoke_run, drawn, "--bound", "0.2") == 0
    return home / "2"


def kernels(graph: onnx.GraphProto, kind: int) -> list[onnx.TensorProto]:
    return [tensor for tensor in graph.initializer if tensor.data_type == kind and len(tensor.dims) == 4]


def test_float32_stays_byte_for_byte(home: Path, int8: Path) -> None:
    assert sha256(home / "1" / "model.onnx") == sha256(int8 / "model.onnx")
    first, second = Manifest.read(int8).variants
    assert first == Manifest.read(home / "1").variants[0]
    assert (second.precision, second.devices, second.file) == ("int8", ("cpu",), "model.int8.onnx")


def test_it_is_in_8_bits_but_for_its_head(int8: Path) -> None:
    graph = onnx.load(int8 / "model.int8.onnx").graph
    made_by = {output: node for node in graph.node for output in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    dequantized = [made_by.get(node.input[1]) for node in convolutions]
    assert [node.op_type for node in dequantized if node] == ["DequantizeLinear"] * (len(convolutions) - 1)
    assert "evidence" in convolutions[-1].name
    weights = kernels(graph, onnx.TensorProto.INT8)
    assert len(weights) == len(convolutions) - 1


def test_its_answers_are_near_and_still_add_up(int8: Path, smoke_run: Path, drawn: Path) -> None:
    part = run.reopen(smoke_run, drawn, smoke_run.parent / "cache").in_order("calibration")
    feed, _ = part.batch(0)
    manifest = Manifest.read(int8)
    told = [ort.InferenceSession(int8 / each.file).run(list(each.outputs), feed) for each in manifest.variants]
    float32, eight = (dict(zip(manifest.variants[0].outputs, outputs, strict=True)) for outputs in told)
    assert 0 < np.abs(float32["logits"] - eight["logits"]).max() < 0.1 * np.ptp(float32["logits"])
    biases = eight["logits"] - eight["evidence"].mean(axis=(1, 2)) - eight["contributions"].sum(axis=1)
    assert np.ptp(biases, axis=0).max() < 1e-4


def test_its_proof_is_of_the_images_that_chose_no_weights(int8: Path, smoke_run: Path) -> None:
    variant = Manifest.read(int8).variant("int8")
    chosen_by, test = variant.proofs
    own = {part: Predictions.read(smoke_run / "predictions" / f"{part}.npz") for part in ("validation", "calibration")}
    assert (chosen_by.parts, test.parts) == (("validation", "calibration"), ("test",))
    assert chosen_by.images == sum(len(each.label) for each in own.values())
    assert chosen_by.interval[0] <= chosen_by.difference <= chosen_by.interval[1]
    assert chosen_by.same_first_answer > 0.9
    assert variant.decision != Manifest.read(int8).variants[0].decision


def test_the_service_proves_it_and_answers_with_it(int8: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERMSERVE_PRECISION", "int8")
    assert service(["check", str(int8)]) == 0
    assert main(["verify", str(int8)]) == 1  # by its own bound alone, which is not a receiver's
    assert main(["verify", str(int8), "--bound", "0.2"]) == 0
    monkeypatch.delenv("DERMSERVE_PRECISION")
    assert service(["check", str(int8)]) == 0


def test_float16_is_for_gpus(int8: Path, smoke_run: Path, drawn: Path) -> None:
    places = ["--data", str(drawn), "--cache", str(smoke_run.parent / "cache")]
    options = ["--precision", "float16", "--bound", "0.2", "--version", "7"]
    assert main(["quantize", str(int8), "--run", str(smoke_run), *places, *options]) == 0
    manifest = Manifest.read(int8.parent / "7")
    assert [each.precision for each in manifest.variants] == ["float32", "int8", "float16"]
    assert manifest.variant("float16").devices == ("cuda",)
    assert manifest.variant("float16").parity < 0.05
    held = {tensor.data_type for tensor in onnx.load(int8.parent / "7" / "model.float16.onnx").graph.initializer}
    assert onnx.TensorProto.FLOAT16 in held


def test_what_loses_too_much_is_refused_and_leaves_nothing(
    home: Path, smoke_run: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = tmp_path / "smoke"
    shutil.copytree(smoke_run, better)
    own = Predictions.read(better / "predictions" / "validation.npz")
    knows = 9 * np.eye(8, dtype=np.float32)[own.label]
    replace(own, logits=knows).write(better / "predictions" / "validation.npz")
    before = sorted(path.name for path in home.iterdir())
    assert quantize(home, better, drawn) == 1
    told = capsys.readouterr()
    assert "as good as the model" in told.err
    assert told.out.count("left in float32") > 1
    assert sorted(path.name for path in home.iterdir()) == before


def test_a_run_that_the_bundle_was_not_made_from_is_refused(
    home: Path, smoke_run: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "smoke"
    shutil.copytree(smoke_run, other)
    own = Predictions.read(other / "predictions" / "calibration.npz")
    replace(own, logits=own.logits[::-1]).write(other / "predictions" / "calibration.npz")
    assert quantize(home, other, drawn) == 1
    assert "was not made from" in capsys.readouterr().err


def test_a_recalibrated_bundle_is_refused(
    home: Path, smoke_run: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "smoke"
    shutil.copytree(smoke_run, other)
    decision = json.loads((other / "decision.json").read_text())
    (other / "decision.json").write_text(json.dumps({**decision, "temperature": 3.0}))
    assert quantize(home, other, drawn) == 1
    assert "Quantize the bundle that was converted" in capsys.readouterr().err


def test_a_variant_is_added_once(int8: Path, smoke_run: Path, drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = ["--data", str(drawn), "--cache", str(smoke_run.parent / "cache")]
    assert main(["quantize", str(int8), "--run", str(smoke_run), *places]) == 1
    assert "has a variant in int8 already" in capsys.readouterr().err


def test_a_convolution_that_is_left_out_stays_in_float32(home: Path, smoke_run: Path, drawn: Path) -> None:
    opened = run.reopen(smoke_run, drawn, smoke_run.parent / "cache")
    quantizer = Int8(home / "1" / "model.onnx", opened.in_order("validation"))
    first, *others = quantizer.convolutions
    whole, part, one = (quantizer.without(()), quantizer.without([first]), quantizer.only(first))
    eight = [len(kernels(each.graph, onnx.TensorProto.INT8)) for each in (whole, part, one)]
    assert eight == [len(others) + 1, len(others), 1]
    assert whole.ir_version == onnx.load(home / "1" / "model.onnx").ir_version
