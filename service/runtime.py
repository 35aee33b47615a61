"""ONNX Runtime: one session of one ONNX file, checked against its manifest."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from lesion.image import Pixels
from lesion.manifest import InvalidBundle, Manifest
from lesion.patient import Metadata
from service.settings import Device

Logits = npt.NDArray[np.float32]
"""float32 (N, C)."""

_CUDA = "CUDAExecutionProvider"
_CUDA_OPTIONS = {
    # The arena's default doubles itself with every new shape. The exhaustive search costs 0.6 s a shape.
    "arena_extend_strategy": "kSameAsRequested",
    "cudnn_conv_algo_search": "HEURISTIC",
}
_ERROR = 3  # ONNX Runtime writes to standard error past our JSON lines: only what is an error


class DeviceUnavailable(RuntimeError):
    """The device that was asked for cannot run the model."""


class Runtime:
    """Runs one model. Safe to call from several threads: each call computes on the thread that makes it."""

    def __init__(self, path: Path, manifest: Manifest, device: Device) -> None:
        """Open the ONNX file.

        Raises `InvalidBundle` when it cannot be loaded or does not fit the manifest, `DeviceUnavailable` when `device`
        is `cuda` and the session would run on the CPU.
        """
        self._session = _open(path, device)
        self.device: Device = "cuda" if _CUDA in self._session.get_providers() else "cpu"
        if device == "cuda" and self.device != "cuda":
            # ONNX Runtime falls back to the CPU without a word, even when only CUDA was asked for.
            raise DeviceUnavailable(
                f"The model does not run on the GPU. Expected {_CUDA}. Received {self._session.get_providers()}."
            )
        _check_signature(path, self._session, manifest)

    def run(self, inputs: Sequence[tuple[Pixels, Metadata]]) -> Logits:
        """Logits (N, C) of N prepared inputs: pixels uint8 (S, S, 3), metadata float32 (K,)."""
        return self.run_batch(np.stack([pixels for pixels, _ in inputs]), np.stack([row for _, row in inputs]))

    def run_batch(self, image: npt.NDArray[np.uint8], metadata: npt.NDArray[np.float32]) -> Logits:
        """Logits (N, C) of image uint8 (N, S, S, 3) and metadata float32 (N, K)."""
        (logits,) = self._session.run(["logits"], {"image": image, "metadata": metadata})
        return cast("Logits", logits)

    def warm(self, manifest: Manifest, max_batch: int) -> None:
        """Run every batch size once, so that no caller pays for the first allocation of a shape."""
        size, width = manifest.image.size, manifest.metadata.width
        for count in range(1, max_batch + 1):
            self.run_batch(np.zeros((count, size, size, 3), np.uint8), np.zeros((count, width), np.float32))


def _open(path: Path, device: Device) -> Any:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Lanes are the parallelism. More threads inside a run, or threads that spin between runs, cost 1.5 to 2 times the
    # CPU for the same answers and collapse beside a busy neighbor.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = _ERROR
    providers: list[Any] = ["CPUExecutionProvider"]
    if device != "cpu" and _CUDA in ort.get_available_providers():
        providers.insert(0, (_CUDA, _CUDA_OPTIONS))
    try:
        return ort.InferenceSession(path, options, providers=providers)
    except Exception as error:  # ONNX Runtime raises a dozen types without a common base
        raise InvalidBundle(f"{path} cannot be opened by ONNX Runtime: {error}") from error


def _check_signature(path: Path, session: Any, manifest: Manifest) -> None:
    """Names, types and shapes of the graph must be what the manifest promises. A named dimension is the batch."""
    size, width, classes = manifest.image.size, manifest.metadata.width, len(manifest.classes)
    expected = {
        "image": ("tensor(uint8)", [size, size, 3]),
        "metadata": ("tensor(float)", [width]),
        "logits": ("tensor(float)", [classes]),
    }
    tensors = [*session.get_inputs(), *(output for output in session.get_outputs() if output.name == "logits")]
    received = {tensor.name: (tensor.type, tensor.shape[1:]) for tensor in tensors}
    if received != expected:
        raise InvalidBundle(f"{path} does not fit its manifest. Expected {expected}. Received {received}.")
    fixed = {tensor.name: tensor.shape[0] for tensor in tensors if isinstance(tensor.shape[0], int)}
    if fixed:
        raise InvalidBundle(f"{path} has a fixed batch size. Expected a free one. Received {fixed}.")
