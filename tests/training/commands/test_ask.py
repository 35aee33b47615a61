"""ask: a run's own bundle, by its file and over a real socket, beside what Keras predicted."""

import argparse
import shutil
from pathlib import Path

import numpy as np
import pytest

from export.__main__ import main as convert
from tests.service.processes import running
from training.commands import ask
from training.errors import InvalidData
from training.predictions import Predictions

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def models(smoke_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the run, in a directory that a service can answer from."""
    directory = tmp_path_factory.mktemp("models")
    assert convert(["convert", str(smoke_run), "--models", str(directory)]) == 0
    return directory


@pytest.fixture
def run(smoke_run: Path, tmp_path: Path) -> Path:
    """A copy to write into."""
    return Path(shutil.copytree(smoke_run, tmp_path / "smoke"))


def command(run: Path, models: Path, drawn: Path, *arguments: str) -> None:
    parser = argparse.ArgumentParser()
    ask.add(parser.add_subparsers())
    directories = ["--data", str(drawn), "--cache", str(run.parent / "cache")]
    options = parser.parse_args(
        ["ask", str(run), "--bundle", str(models / "dermoscopy" / "1"), *directories, *arguments]
    )
    options.run(options)


def expect_agreement(run: Path, name: str, told: str) -> None:
    own = Predictions.read(run / "predictions" / "calibration.npz")
    asked = Predictions.read(run / "predictions" / f"{name}.npz")
    assert asked.image_id.tolist() == own.image_id.tolist()
    assert asked.label.tolist() == own.label.tolist()
    np.testing.assert_allclose(asked.logits, own.logits, atol=1e-3)
    assert f"{len(own.image_id)} images answered, 0 rejected" in told
    assert "same first answer: 100.00%" in told
    assert f"{name}.npz" in told


def test_the_file_agrees_with_keras(run: Path, models: Path, drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(run, models, drawn)
    expect_agreement(run, "calibration-onnx", capsys.readouterr().out)


def test_so_does_the_live_service(run: Path, models: Path, drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(models, quality_gate=False) as service:
        command(run, models, drawn, "--url", service.url, "--in-flight", "4")
    expect_agreement(run, "calibration-service", capsys.readouterr().out)


def test_what_the_run_has_not_predicted_is_not_compared(run: Path, models: Path, drawn: Path) -> None:
    (run / "predictions" / "test.npz").unlink()
    with pytest.raises(InvalidData, match=r"has not predicted test: .*python -m training evaluate .* --part test"):
        command(run, models, drawn, "--part", "test")


@pytest.mark.parametrize("number", ["0", "-1", "257", "many"])
def test_requests_in_flight_are_some_and_not_too_many(
    run: Path, models: Path, drawn: Path, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command(run, models, drawn, f"--in-flight={number}")
    assert "a whole number from 1 to 256" in capsys.readouterr().err
