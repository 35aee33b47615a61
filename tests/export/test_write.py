"""A finished run becomes a bundle that proves itself, whole or not at all."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from export.__main__ import main
from export.write import export
from lesion.decision import decide
from lesion.manifest import Manifest
from training.config import Config
from training.predictions import Predictions
from training.prior import supposed
from training.run import Data

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def bundle(smoke_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    assert main(["convert", str(smoke_run), "--models", str(models), "--name", "trial"]) == 0
    return models / "trial" / "1"


def test_it_holds_what_its_manifest_lists(bundle: Path) -> None:
    manifest = Manifest.read(bundle)
    manifest.verify(bundle)
    assert sorted(manifest.files) == ["card.md", "golden.npz", "model.onnx"]
    assert (manifest.name, manifest.version) == ("trial", "1")
    assert manifest.variants[0].parity < manifest.variants[0].tolerance
    assert manifest.variants[0].outputs == ("logits", "evidence", "contributions")
    assert manifest.variants[0].ir == onnx.load(bundle / "model.onnx").ir_version
    assert manifest.derived_from is None
    assert (bundle.parent / "current").read_text() == "1\n"
    assert [path.name for path in bundle.parent.iterdir() if path.name.startswith(".")] == []


def test_golden_replays(bundle: Path) -> None:
    session = ort.InferenceSession(bundle / "model.onnx", providers=["CPUExecutionProvider"])
    with np.load(bundle / "golden.npz") as golden:
        (logits,) = session.run(["logits"], {"image": golden["image"], "metadata": golden["metadata"]})
        np.testing.assert_allclose(logits, golden["logits"], atol=1e-3)


def test_its_answers_are_those_that_were_evaluated(bundle: Path, smoke_run: Path, drawn: Path, tmp_path: Path) -> None:
    manifest = Manifest.read(bundle)
    config = Config.model_validate_json((smoke_run / "config.json").read_bytes())
    opened = Data.open(config, drawn, tmp_path)
    part = opened.in_order("test")
    session = ort.InferenceSession(bundle / "model.onnx", providers=["CPUExecutionProvider"])
    logits = np.concatenate([session.run(["logits"], part.batch(step)[0])[0] for step in range(len(part))])
    evaluated = Predictions.read(smoke_run / "predictions" / "test.npz")
    assert [record.image_id for record in part.records] == evaluated.image_id.tolist()
    spec = manifest.variants[0].decision
    served = decide(logits, manifest.malignant, spec).probabilities
    np.testing.assert_allclose(served, decide(evaluated.logits, manifest.malignant, spec).probabilities, atol=1e-4)
    assert manifest.metrics["isic2019.balanced_accuracy"] == pytest.approx(
        json.loads((smoke_run / "report" / "report.json").read_text())["reports"]["isic2019"]["balanced_accuracy"]
    )


@pytest.mark.parametrize("kind", ["logit_adjusted", "cross_entropy", "class_balanced"])
def test_what_logits_suppose_follows_from_the_counts_of_the_report(
    smoke_run: Path, drawn: Path, tmp_path: Path, kind: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(smoke_run, run)
    config = Config.model_validate_json((run / "config.json").read_bytes())
    loss = config.fit.loss.model_copy(update={"kind": kind})
    config = config.model_copy(update={"fit": config.fit.model_copy(update={"loss": loss})})
    (run / "config.json").write_text(config.model_dump_json())
    made = export(run, tmp_path / "models", "trial")
    batches = Data.open(config, drawn, smoke_run.parent / "cache").batches()
    expected = supposed(loss, batches.class_shares, batches.class_counts)
    assert Manifest.read(made).training.supposed == pytest.approx(expected.tolist())


def test_the_next_version_leaves_current_alone(bundle: Path, smoke_run: Path) -> None:
    assert main(["convert", str(smoke_run), "--models", str(bundle.parent.parent), "--name", "trial"]) == 0
    assert Manifest.read(bundle.parent / "2").version == "2"
    assert (bundle.parent / "current").read_text() == "1\n"


def test_a_version_is_never_changed(bundle: Path, smoke_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["convert", str(smoke_run), "--models", str(bundle.parent.parent), "--name", "trial", "--version", "1"]
    assert main(arguments) == 1
    assert "a version is never changed" in capsys.readouterr().err


def test_above_tolerance_nothing_is_written(
    smoke_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(smoke_run), "--models", str(tmp_path), "--name", "x", "--tolerance", "1e-12"]) == 1
    assert "differs from Keras by" in capsys.readouterr().err
    assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize("wrong", [["--name", "Derm Model"], ["--version", "latest"]])
def test_names_that_do_not_fit_leave_nothing(
    smoke_run: Path, tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(smoke_run), "--models", str(tmp_path), *wrong]) == 1
    assert "Expected a name like" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_test_figures_is_refused(
    smoke_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(smoke_run, run)
    report = json.loads((run / "report" / "report.json").read_text())
    (run / "report" / "report.json").write_text(json.dumps({**report, "part": "calibration"}))
    assert main(["convert", str(run), "--models", str(tmp_path / "models")]) == 1
    assert "python -m training evaluate" in capsys.readouterr().err
