"""ONNX Runtime on the CPU, with the options that the service opens its sessions with (`service.runtime`)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import onnxruntime as ort

from benchmarks.inference.command import Command

_TYPES = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32}
_ERROR = 3


def open_model(command: Command) -> Callable[[], object]:
    """The logits of a batch, by the session that all commands of a file and a number of threads share."""
    session = _session(command.file, command.threads)
    rng = np.random.default_rng(0)
    feed = {
        part.name: rng.integers(0, 256, (command.batch, *part.shape[1:])).astype(_TYPES[part.type])
        for part in session.get_inputs()
    }
    outputs = [session.get_outputs()[0].name]
    return lambda: session.run(outputs, feed)


@cache
def _session(file: str, threads: int) -> Any:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = _ERROR
    return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
