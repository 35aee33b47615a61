"""What learned on Keras's JAX backend is exported on TensorFlow, and says the same."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import onnxruntime as ort
import pytest

from export.convert import convert
from export.parity import golden_inputs
from tests.export.learned_on_jax import IMAGE, METADATA, NETWORKS
from tests.paths import ROOT
from training.models.explanation import with_explanation

pytestmark = pytest.mark.tensorflow

JAX = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    # Two steps need no fast program, but one that is compiled soon.
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
    "PYTHONWARNINGS": "ignore",
}


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jax")
    command = [sys.executable, "-m", "tests.export.learned_on_jax", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **JAX}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", NETWORKS)
def test_its_predictions_are_those_it_gave_on_jax(learned: Path, name: str) -> None:
    model = keras.saving.load_model(learned / f"{name}.keras", compile=False)
    session = ort.InferenceSession(
        convert(with_explanation(model)).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (logits,) = session.run(["logits"], golden_inputs(IMAGE, METADATA).feed())
    on_jax = np.load(learned / f"{name}.npy")
    assert np.ptp(on_jax, axis=0).max() > 0.01
    np.testing.assert_allclose(logits, on_jax, atol=1e-4)
