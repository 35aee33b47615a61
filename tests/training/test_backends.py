"""Training on Keras's JAX backend, each batch shared out over two devices that XLA makes of one processor."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from training.__main__ import main
from training.config import InvalidConfig
from training.finished import Finished
from training.hardware import prepared
from training.options.fit import Fit, Phase
from training.predict import predict
from training.predictions import Predictions
from training.run import Data, read_config

pytestmark = pytest.mark.tensorflow

JAX = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    "PYTHONWARNINGS": "ignore",
}
PHASES = [{"epochs": 1, "learning_rate": 0.005, "train": "head"}, {"epochs": 6, "learning_rate": 0.005}]


def on_jax(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", *arguments]
    return subprocess.run(command, env={**os.environ, **JAX}, capture_output=True, text=True, check=False)


def test_a_run_on_jax_learns_on_two_devices_and_its_model_is_the_same_on_tensorflow(
    drawn: Path, tmp_path: Path
) -> None:
    directories = ["--data", str(drawn), "--cache", str(tmp_path / "cache"), "--runs", str(tmp_path)]
    done = on_jax(
        "train", "smoke", *directories, "--fit.distribution", "data_parallel", "--fit.phases", json.dumps(PHASES)
    )
    assert done.returncode == 0, done.stderr
    run = tmp_path / "smoke"
    with (run / "history.csv").open() as file:
        history = list(csv.DictReader(file))
    assert len(history) == 7
    assert float(history[-1]["val_balanced_accuracy"]) > 0.7
    environment = json.loads((run / "environment.json").read_text())
    assert (environment["backend"], environment["devices"]) == ("jax", 2)

    config = read_config(run)
    opened = Data.open(config, drawn, tmp_path / "cache")
    here = predict(Finished.read(run).model(), opened.in_order("calibration"))
    there = Predictions.read(run / "predictions" / "calibration.npz")
    assert here.image_id.tolist() == there.image_id.tolist()
    np.testing.assert_allclose(here.logits, there.logits, atol=1e-3)


def test_sharing_batches_out_needs_jax() -> None:
    assert keras.backend.backend() == "tensorflow"
    options = Fit(phases=(Phase(epochs=1, learning_rate=1),), distribution="data_parallel")
    with (
        pytest.raises(InvalidConfig, match=r"data_parallel needs Keras's JAX backend.*Received tensorflow"),
        prepared(options),
    ):
        pass


def test_mixed_precision_is_of_the_run_alone_and_what_it_keeps_is_float32(drawn: Path, tmp_path: Path) -> None:
    directories = ["--data", str(drawn), "--cache", str(tmp_path / "cache"), "--runs", str(tmp_path)]
    phases = json.dumps([{"epochs": 1, "learning_rate": 0.005}])
    mixed = ["--fit.precision", "mixed_bfloat16", "--fit.phases", phases]
    assert main(["train", "smoke", *directories, *mixed]) == 0
    assert keras.config.dtype_policy().name == "float32"
    kept = Finished.read(tmp_path / "smoke").model()
    assert {layer.compute_dtype for layer in kept.layers if layer.weights} == {"float32"}
    assert {weight.dtype for weight in kept.weights} == {"float32"}
