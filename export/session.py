"""A graph in memory, run by ONNX Runtime on the CPU as the service runs it: one thread, no spinning."""

from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort

from training.pipeline import InOrder

ROUNDS, RUNS = 15, 10
"""Of a timing: so many turns of each graph, so many runs a turn."""


class Session:
    """One graph, opened."""

    def __init__(self, graph: onnx.ModelProto) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors: warnings would stand between the lines of the command
        self._session: Any = ort.InferenceSession(
            graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def logits(self, feed: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
        """float32 (N, C) of image uint8 (N, S, S, 3) and metadata float32 (N, K)."""
        received: npt.NDArray[np.float32] = self._session.run(["logits"], feed)[0]
        return received

    def answers(self, part: InOrder) -> npt.NDArray[np.float32]:
        """Logits float32 (N, C) of every image of a part, in its order."""
        return np.concatenate([self.logits(part.batch(step)[0]) for step in range(len(part))])


def speed(one: Session, other: Session, feed: dict[str, npt.NDArray[Any]]) -> float:
    """How many times as many images a second `one` answers as `other`, one at a time on one thread.

    CPU time, in turns, the fastest of each: what else the machine does then weighs least.
    """
    first = {name: value[:1] for name, value in feed.items()}
    turns = [(_seconds(one, first), _seconds(other, first)) for _ in range(ROUNDS)]
    return min(seconds for _, seconds in turns) / min(seconds for seconds, _ in turns)


def _seconds(session: Session, feed: dict[str, npt.NDArray[Any]]) -> float:
    begun = process_time()
    for _ in range(RUNS):
        session.logits(feed)
    return process_time() - begun
