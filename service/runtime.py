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
from lesion.variant import Device, Variant
from service.bundle_files import BundleFiles
from service.onnx_file import refuse_references
from service.providers import COMPILING, DEVICES, NAMES, Placement, Provider, entries, unavailable

Logits = npt.NDArray[np.float32]
"""float32 (N, C)."""

_ERROR = 3  # ONNX Runtime writes to standard error past our JSON lines: only what is an error


class DeviceUnavailable(RuntimeError):
    """The device that was asked for cannot run the model."""


class Runtime:
    """Runs one variant. Safe to call from several threads at once.

    `provider` is what runs it, and `device` where that computes.
    """

    def __init__(self, files: BundleFiles, variant: Variant, placement: Placement) -> None:
        """Open the variant's ONNX file where it was asked for, or on what is left with a line in the log.

        Raises `InvalidBundle` when it cannot be loaded or does not fit the manifest, `DeviceUnavailable` when the
        device asked for is `cuda` and the session would run on the CPU.
        """
        path, content = files.path(variant.file), files.read(variant.file)
        refuse_references(path, content)
        self.provider, self._session = _open(path, content, files.manifest.files[variant.file], variant, placement)
        self.device: Device = DEVICES[self.provider]
        if placement.device == "cuda" and self.device != "cuda":
            # ONNX Runtime falls back to the CPU without a word, even when only CUDA was asked for.
            raise DeviceUnavailable(
                f"The model does not run on the GPU. Expected {NAMES['cuda']}. "
                f"Received {self._session.get_providers()}."
            )
        _check_signature(path, self._session, files.manifest, variant)

    def run(self, inputs: Sequence[tuple[Pixels, Metadata]]) -> Logits:
        """Logits (N, C) of N prepared inputs: pixels uint8 (S, S, 3), metadata float32 (K,)."""
        return self.run_batch(np.stack([pixels for pixels, _ in inputs]), np.stack([row for _, row in inputs]))

    def run_batch(self, image: npt.NDArray[np.uint8], metadata: npt.NDArray[np.float32]) -> Logits:
        """Logits (N, C) of image uint8 (N, S, S, 3) and metadata float32 (N, K)."""
        (logits,) = self._session.run(["logits"], {"image": image, "metadata": metadata})
        return cast("Logits", logits)

    def warm(self, manifest: Manifest, max_batch: int) -> None:
        """Run every batch size once, so that no caller pays for the first allocation of a shape.

        The largest comes first: TensorRT builds its engine anew for every batch outside of those it has seen.
        """
        size, width = manifest.image.size, manifest.metadata.width
        for count in range(max_batch, 0, -1):
            self.run_batch(np.zeros((count, size, size, 3), np.uint8), np.zeros((count, width), np.float32))


def _open(path: Path, content: bytes, sha256: str, variant: Variant, placement: Placement) -> tuple[Provider, Any]:
    """A session on the first provider that takes the model, and the provider that has it."""
    order = placement.order(ort.get_available_providers())
    while True:
        wanted, precision = order[0], variant.precision
        cache = placement.folder(wanted, precision, sha256) if wanted in COMPILING else None
        try:
            session = _session(content, entries(order, precision, placement.lanes, cache))
        except Exception as error:  # ONNX Runtime raises a dozen types without a common base
            if wanted == "cpu":
                raise InvalidBundle(f"{path} cannot be opened by ONNX Runtime: {error}") from error
            unavailable(wanted, order[1], f"It does not open {path}: {error}")
            order = order[1:]
            continue
        used = next(provider for provider in order if NAMES[provider] in session.get_providers())
        if used != wanted:
            # Its libraries or its device are missing: ONNX Runtime then opens the session without it.
            unavailable(wanted, used, f"It could not be started. Received {session.get_providers()}.")
        return used, session


def _session(content: bytes, providers: list[tuple[str, dict[str, str]]]) -> Any:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Lanes are the parallelism. More threads inside a run, or threads that spin between runs, cost 1.5 to 2 times the
    # CPU for the same answers and collapse beside a busy neighbor.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = _ERROR
    # Its own fallback would move a session to the CPU in the middle of its life, with a print to standard output.
    return ort.InferenceSession(content, options, providers=providers, enable_fallback=0, read_config_from_model=0)


def _check_signature(path: Path, session: Any, manifest: Manifest, variant: Variant) -> None:
    """Names, types and shapes of the graph must be what the manifest promises. A named dimension is the batch."""
    size, width, classes = manifest.image.size, manifest.metadata.width, len(manifest.classes)
    expected = {
        "image": ("tensor(uint8)", [size, size, 3]),
        "metadata": ("tensor(float)", [width]),
        "logits": ("tensor(float)", [classes]),
    }
    outputs = session.get_outputs()
    tensors = [*session.get_inputs(), *(output for output in outputs if output.name == "logits")]
    received = {tensor.name: (tensor.type, tensor.shape[1:]) for tensor in tensors}
    if received != expected:
        raise InvalidBundle(f"{path} does not fit its manifest. Expected {expected}. Received {received}.")
    if (names := tuple(output.name for output in outputs)) != variant.outputs:
        raise InvalidBundle(
            f"{path} does not give the outputs its manifest lists. Expected {variant.outputs}. Received {names}."
        )
    fixed = {tensor.name: tensor.shape[0] for tensor in tensors if isinstance(tensor.shape[0], int)}
    if fixed:
        raise InvalidBundle(f"{path} has a fixed batch size. Expected a free one. Received {fixed}.")
