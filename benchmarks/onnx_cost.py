"""What networks cost once converted: size of the file, and time for one image on one thread of ONNX Runtime."""

import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime as ort

from export.convert import convert
from training.models.explanation import with_explanation

ROUNDS = 60
WARM_UP = 5


@dataclass(frozen=True)
class OnnxCost:
    """Median of the rounds in ms, and size in MB (10⁶ bytes)."""

    latency_ms: float
    megabytes: float


def measure(models: Mapping[str, keras.Model]) -> dict[str, OnnxCost]:
    """Of every model. They take turns, so that a busy neighbor is every model's neighbor."""
    sessions: dict[str, ort.InferenceSession] = {}
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for place, (name, model) in enumerate(models.items()):
            path = Path(folder) / f"{place}.onnx"
            onnx.save(convert(with_explanation(model)), path)
            sizes[name], sessions[name] = path.stat().st_size, _open(path)
    times: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(WARM_UP + ROUNDS):
        for name, session in sessions.items():
            times[name].append(_seconds(session))
    return {name: OnnxCost(1000 * statistics.median(times[name][WARM_UP:]), sizes[name] / 1e6) for name in models}


def _open(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _seconds(session: ort.InferenceSession) -> float:
    image, metadata = session.get_inputs()
    given = {
        "image": np.zeros((1, *image.shape[1:]), np.uint8),
        "metadata": np.zeros((1, *metadata.shape[1:]), np.float32),
    }
    begun = time.thread_time()  # with one thread, this is what the clock says on an idle core, and says on a busy one
    session.run(["logits"], given)
    return time.thread_time() - begun
