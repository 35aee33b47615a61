"""A way to answer: a model in a form, run by an engine. And how it is loaded: batch, lanes, threads."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.inference.command import Engine

ENGINES: dict[Engine, str] = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "keras": "Keras"}
Origin = Literal["reference", "bundle", "run"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Load(_Part):
    """`lanes` threads share a model; each run takes `batch` images and may use `threads` threads."""

    batch: int
    lanes: int
    threads: int

    @property
    def alone(self) -> bool:
        """One thread in all."""
        return self.lanes == self.threads == 1


ONE = Load(batch=1, lanes=1, threads=1)
"""What everything is timed under."""


class Way(_Part):
    """`precision`: of the file; of OpenVINO, what it is asked to compute in; of Keras, how it is called.

    `source` is the bundle's or the run's folder, `file` the name of the variant in a bundle.
    """

    model: str
    pixels: int
    precision: str
    engine: Engine
    origin: Origin
    source: str = ""
    file: str = ""

    @property
    def name(self) -> str:
        """As tables call it."""
        return f"{self.model}, {self.pixels} px, {self.precision}, {ENGINES[self.engine]}"


class Subject(_Part):
    """A way, where its file lies while it is timed, and the loads that it is timed under."""

    way: Way
    path: str
    loads: tuple[Load, ...]
