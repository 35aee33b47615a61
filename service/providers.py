"""Where a model runs: ONNX Runtime's execution providers, in the order in which they are tried."""

import json
import logging
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lesion.variant import Device, Precision
from service import logs
from service.settings import Device as WantedDevice
from service.settings import Provider as WantedProvider

Provider = Literal["cpu", "cuda", "tensorrt", "openvino"]
Entry = tuple[str, dict[str, str]]
"""A provider and its options, as ONNX Runtime takes them."""

NAMES: dict[Provider, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
DEVICES: dict[Provider, Device] = {"cpu": "cpu", "cuda": "cuda", "tensorrt": "cuda", "openvino": "cpu"}
COMPILING: tuple[Provider, ...] = ("tensorrt", "openvino")
"""Those that compile a model first, and can keep what they compiled."""

_FALLBACKS: dict[Provider, tuple[Provider, ...]] = {
    "cpu": ("cpu",),
    "cuda": ("cuda", "cpu"),
    "tensorrt": ("tensorrt", "cuda", "cpu"),
    "openvino": ("openvino", "cpu"),
}
_CUDA_OPTIONS = {
    # The arena's default doubles itself with every new shape. The exhaustive search costs 0.6 s a shape.
    "arena_extend_strategy": "kSameAsRequested",
    "cudnn_conv_algo_search": "HEURISTIC",
}


@dataclass(frozen=True)
class Placement:
    """Placement("cpu"), or Placement(provider="openvino", lanes=4, cache=Path("cache")): as the operator wants it.

    `lanes` is how many threads call the model at once. `cache` is a folder for what is compiled.
    """

    device: WantedDevice = "auto"
    provider: WantedProvider = "auto"
    lanes: int = 1
    cache: Path | None = None

    def order(self, installed: Collection[str]) -> tuple[Provider, ...]:
        """The providers to try, the last of which is always the CPU. Logs when the one asked for is not installed."""
        wanted: Provider = self.provider if self.provider != "auto" else "cpu" if self.device == "cpu" else "cuda"
        present = tuple(provider for provider in _FALLBACKS[wanted] if NAMES[provider] in installed)
        if self.provider != "auto" and wanted not in present:
            unavailable(wanted, present[0], f"It is not installed. Expected one of {sorted(installed)}.")
        return present

    def folder(self, provider: Provider, precision: Precision, sha256: str) -> Path | None:
        """Where a provider may keep what it compiles of an ONNX file; None, and a log line, when it cannot be written.

        One folder for each file, provider and precision: what was compiled of one must not answer for another.
        """
        if self.cache is None:
            return None
        folder = self.cache.absolute() / sha256 / f"{provider}-{precision}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError as error:
            reason = f"{folder} cannot be written: {error.strerror}. The model is compiled at every start."
            logs.write(logging.WARNING, "cache_unavailable", provider=provider, reason=reason)
            return None


def unavailable(provider: Provider, instead: Provider, reason: str) -> None:
    """Log that a provider is not used, and what is used instead."""
    logs.write(logging.WARNING, "provider_unavailable", provider=provider, instead=instead, reason=reason)


def entries(order: tuple[Provider, ...], precision: Precision, lanes: int, cache: Path | None) -> list[Entry]:
    """What a session is opened with. `cache` is the folder of the first provider."""
    options: dict[Provider, dict[str, str]] = {
        "cpu": {},
        "cuda": _CUDA_OPTIONS,
        "tensorrt": _tensorrt(precision, cache),
        "openvino": _openvino(precision, lanes, cache),
    }
    return [(NAMES[provider], options[provider]) for provider in order]


def _tensorrt(precision: Precision, cache: Path | None) -> dict[str, str]:
    options = {"trt_bf16_enable": "1"} if precision == "bfloat16" else {}
    if cache is not None:
        for kind in ("engine", "timing"):
            options |= {f"trt_{kind}_cache_enable": "1", f"trt_{kind}_cache_path": str(cache)}
    return options


def _openvino(precision: Precision, lanes: int, cache: Path | None) -> dict[str, str]:
    # Left to itself OpenVINO computes in bfloat16 wherever the CPU can: only what was proven in it may be.
    hint = "bf16" if precision == "bfloat16" else "f32"
    threads = {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": str(lanes), "NUM_STREAMS": str(lanes)}
    options = {"device_type": "CPU", "load_config": json.dumps({"CPU": threads})}
    return options if cache is None else {**options, "cache_dir": str(cache)}
