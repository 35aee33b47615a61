"""OpenVINO on the CPU, reading the same ONNX file, told its batch and to answer one request as fast as it can."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.inference.command import Command

_HINTS = {"bfloat16": "bf16"}


def open_model(command: Command) -> Callable[[], object]:
    """One request. Only `bfloat16` changes what it computes in; a quantized graph is computed as it says."""
    core = import_module("openvino").Core()  # installed in .venv-bench only
    model = core.read_model(command.file)
    model.reshape({part.any_name: [command.batch, *_fixed(part)] for part in model.inputs})
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": command.threads,
        "INFERENCE_PRECISION_HINT": _HINTS.get(command.precision, "f32"),
    }
    request = core.compile_model(model, "CPU", hints).create_infer_request()
    rng = np.random.default_rng(0)
    feed = {
        part.any_name: rng.integers(0, 256, tuple(part.shape)).astype(part.element_type.to_dtype())
        for part in model.inputs
    }
    return lambda: request.infer(feed, share_inputs=True, share_outputs=True)


def _fixed(part: Any) -> list[int]:
    return [side.get_length() for side in list(part.partial_shape)[1:]]
