"""Every setting of the service. Read from the environment once, in `__main__`, and passed on."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lesion.decision import SENSITIVITY, SET_KIND, SetKind
from lesion.image import MAX_PIXELS
from lesion.manifest import NAME_PATTERN
from lesion.variant import Precision as VariantPrecision

Device = Literal["auto", "cpu", "cuda"]
Provider = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]
Precision = Literal["auto"] | VariantPrecision
LogLevel = Literal["debug", "info", "warning", "error"]


PREFIX = "DERMSERVE_"
_OTHERS = re.compile(r"DATA|SIGNING_PASSWORD|PUBLISHED_PORT|SERVICE_HOST|SERVICE_PORT.*|PORT_\d+_(TCP|UDP).*")
"""Of training, of export, of Docker Compose, and what Kubernetes sets in every pod beside a Service named dermserve."""


_ELSEWHERE: dict[Device, tuple[Provider, ...]] = {"cpu": ("cuda", "tensorrt"), "cuda": ("cpu", "openvino")}
"""Providers that compute on another device than the one asked for."""


class Settings(BaseSettings):
    """Settings(port=8001), or DERMSERVE_PORT=8001 in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Address to listen on. In a container: 0.0.0.0.")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on; 0 lets the system choose.")
    models: Path = Field(Path("models"), description="Directory of model bundles, `<name>/<version>/`.")
    model: str = Field("dermoscopy", pattern=NAME_PATTERN, description="Name of the model that answers.")
    public_key: Path | None = Field(
        None,
        description="File of minisign public keys, one or several: only a bundle that one of them signed may answer. "
        "Default: signatures are not looked at.",
    )
    device: Device = Field("auto", description="`cuda` refuses to start without a GPU; `auto` falls back to the CPU.")
    provider: Provider = Field(
        "auto",
        description="What runs the model on that device: ONNX Runtime's own `cpu` or `cuda`, or `openvino` or "
        "`tensorrt`, where they are installed; where not, the service logs it and falls back.",
    )
    precision: Precision = Field(
        "auto",
        description="The variant of the model that answers: `float32`, `float16`, `int8` or `bfloat16`. `auto` takes "
        "the fastest here of those that are proven and reproduce their golden logits.",
    )
    cache: Path | None = Field(
        None,
        description="Directory for what OpenVINO and TensorRT compile. Default: `.cache` beside the model's versions.",
    )
    sensitivity: float = Field(
        SENSITIVITY,
        gt=0,
        lt=1,
        description="Operating point: the sensitivity for malignancy that decides what is suspicious. One of those the "
        "bundle was calibrated for (0.9, 0.95, 0.98, where its data could promise them).",
    )
    prediction_set: SetKind = Field(
        SET_KIND,
        description="Coverage of the prediction set: `class_conditional`, within each category, or `marginal`, over "
        "all lesions together.",
    )
    quality_gate: bool = Field(
        default=True, description="Whether unusable pictures are rejected. Without it, findings are only reported."
    )
    lanes: int | None = Field(
        None, ge=1, le=256, description="Threads that decode and run the model. Default: the whole cores granted."
    )
    max_batch: int | None = Field(
        None, ge=1, le=256, description="Most requests in one run of the model. Default: 4 on CPU, 32 on GPU."
    )
    max_in_flight: int = Field(
        256,
        ge=1,
        description="Predictions admitted at once; more are refused with 503. Bounds memory, with the body cap.",
    )
    max_body_bytes: int = Field(20 * 2**20, ge=1024, description="Largest request body, in bytes; more is 413.")
    max_pixels: int = Field(MAX_PIXELS, ge=1, description="Most pixels (width × height) of an image; more is 422.")
    deadline_seconds: float = Field(
        10.0,
        gt=0,
        le=300,
        description="Time a prediction may take, receiving the body included. Callers may shorten it.",
    )
    drain_delay_seconds: float = Field(
        0.0, ge=0, le=300, description="Time between SIGTERM and closing the listener, for balancers to notice."
    )
    log_level: LogLevel = Field("info", description="Least level of the log lines written to standard error.")

    @field_validator("provider")
    @classmethod
    def _runs_on_the_device(cls, value: Provider, given: ValidationInfo) -> Provider:
        other = _ELSEWHERE.get(given.data.get("device", "auto"), ())
        if value in other:
            raise ValueError(f"{value} does not run on DERMSERVE_DEVICE={given.data['device']}")
        return value

    @field_validator("port", mode="before")
    @classmethod
    def _not_a_service_link(cls, value: object) -> object:
        # DERMSERVE_PORT=tcp://10.0.0.1:8000 is Kubernetes speaking of a Service of that name, not a setting.
        return cls.model_fields["port"].default if isinstance(value, str) and value.startswith("tcp://") else value


def unknown(names: Iterable[str]) -> list[str]:
    """Environment variables that look like settings of ours and are none: misspelt, most likely."""
    ours = {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(
        name
        for name in names
        if name.startswith(PREFIX) and name not in ours and not _OTHERS.fullmatch(name.removeprefix(PREFIX))
    )
