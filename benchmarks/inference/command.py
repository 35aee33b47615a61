"""What a worker is told to do and what it answers: a JSON line each. Standard library only, for every environment."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self

Engine = Literal["onnxruntime", "openvino", "keras"]
PREDICT, FUNCTION = "predict_on_batch", "tf.function"
"""How Keras is called, in place of a precision."""


@dataclass(frozen=True)
class Command:
    """Run a model `runs` times on each of `lanes` threads that share it, `batch` images a run.

    `threads`: how many threads one run may use. `precision`: what the engine computes in, if it is asked to choose.
    """

    file: str
    precision: str
    batch: int
    lanes: int
    threads: int
    runs: int

    def line(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def read(cls, line: str) -> Self:
        """From JSON."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Burst:
    """Seconds that a command took: by the clock, and of CPU over all threads of the process."""

    wall: float
    cpu: float
