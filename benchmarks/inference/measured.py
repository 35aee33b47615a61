"""What one run of the benchmark measured, as its JSON file holds it."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.inference.way import Load, Way
from training.errors import InvalidData

CPU_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "asimddp")
"""What decides how 8 and 16 bits are computed."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Spread(_Part):
    """Of the rounds: the middle, and the tenth and ninetieth percentile."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: tuple[float, ...]) -> Self:
        """From a number for each round."""
        low, median, high = np.quantile(rounds, (0.1, 0.5, 0.9)).tolist()
        return cls(median=median, low=low, high=high)


class Timed(_Part):
    """A way under a load, a number for each round: CPU milliseconds an image, and images a second by the clock."""

    way: Way
    load: Load
    cpu_ms: tuple[float, ...]
    per_second: tuple[float, ...]

    @property
    def latency_ms(self) -> Spread:
        """How long one run takes by the clock: its whole batch."""
        return Spread.of(tuple(1000 * self.load.lanes * self.load.batch / each for each in self.per_second))

    def cpu_gain(self, other: "Timed") -> Spread:
        """How many times the CPU of this one the other takes, image by image, within each round."""
        return Spread.of(tuple(b / a for a, b in zip(self.cpu_ms, other.cpu_ms, strict=True)))

    def gain(self, other: "Timed") -> Spread:
        """How many times as many images a second this one answers as the other, within each round."""
        return Spread.of(tuple(a / b for a, b in zip(self.per_second, other.per_second, strict=True)))


class Refusal(_Part):
    """A way that its engine does not run, and why."""

    way: Way
    reason: str


class Machine(_Part):
    """Where it was measured."""

    processor: str
    cores: int
    flags: tuple[str, ...]
    python: str
    versions: dict[str, str]

    @classmethod
    def here(cls, cores: int) -> Self:
        """This one. The processor's name and flags are known on Linux only."""
        lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
        told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        has = (told.get("flags") or told.get("Features") or "").split()
        return cls(
            processor=told.get("model name") or platform.machine(),
            cores=cores,
            flags=tuple(flag for flag in CPU_FLAGS if flag in has),
            python=platform.python_version(),
            versions={name: version(name) for name in ("onnxruntime", "keras", "tf2onnx")},
        )


class Measured(_Part):
    """Everything, taken in one run. The first of `timed` is the reference's."""

    machine: Machine
    rounds: int
    reference_gflops: float
    timed: tuple[Timed, ...]
    refused: tuple[Refusal, ...]

    def under(self, load: Load) -> list[Timed]:
        """All ways that were timed under a load."""
        return [timed for timed in self.timed if timed.load == load]

    def reference(self, load: Load) -> Timed:
        """The reference under that load. Every load is one of its own."""
        return next(timed for timed in self.under(load) if timed.way.origin == "reference")

    def write(self, path: Path) -> None:
        """Write as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote. Raises `InvalidData` when the file is absent or of something else."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise InvalidData(f"{path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise InvalidData(f"{path} is not what `python -m benchmarks.inference` writes: {error}") from error
