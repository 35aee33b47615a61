"""A variant opened by the ONNX Runtime that is installed, wholly on the provider that is asked for."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from lesion.manifest import InvalidBundle
from lesion.variant import Device

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
DEVICES: dict[str, Device] = {"cpu": "cpu", "cuda": "cuda", "openvino": "cpu", "tensorrt": "cuda"}
"""What a variant must be meant for to run on a provider."""
_FATAL = 4  # errors are raised as well, and told once

Outputs = dict[str, npt.NDArray[np.float32]]


def open_session(content: bytes, provider: str) -> Any:
    """Open an ONNX file on a provider alone: no operator may fall back to the CPU.

    Raises `InvalidBundle` when the provider is not there, or the runtime does not support opset, IR or an operator.
    """
    wanted = PROVIDERS[provider]
    if wanted not in ort.get_available_providers():
        raise InvalidBundle(
            f"{wanted} is not installed. Expected one of {ort.get_available_providers()} with onnxruntime "
            f"{ort.__version__}."
        )
    try:
        session = ort.InferenceSession(content, _options(provider), providers=[wanted])
    except Exception as error:  # ONNX Runtime raises a dozen types without a common base
        raise InvalidBundle(f"onnxruntime {ort.__version__} on {wanted} does not open it: {error}") from error
    if session.get_providers()[0] != wanted:
        # Where the provider's libraries are missing, ONNX Runtime goes on without it and without a word.
        raise InvalidBundle(f"It does not run on {wanted}. Received a session on {session.get_providers()}.")
    return session


def run(session: Any, image: npt.NDArray[np.uint8], metadata: npt.NDArray[np.float32]) -> Outputs:
    """Every output by name, for image uint8 (N, S, S, 3) and metadata float32 (N, K).

    Raises `InvalidBundle` when the graph fails as it runs.
    """
    names = [output.name for output in session.get_outputs()]
    try:
        return dict(zip(names, session.run(names, {"image": image, "metadata": metadata}), strict=True))
    except Exception as error:  # ONNX Runtime raises a dozen types without a common base
        raise InvalidBundle(f"The graph fails on a batch of {len(image)}: {error}") from error


def _options(provider: str) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    if provider != "cpu":
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    return options
