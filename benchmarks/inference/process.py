"""A worker from outside: started in an environment, given a command at a time, ended by closing its input."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Self

from benchmarks.inference.command import Burst, Command, Engine

ROOT = Path(__file__).resolve().parents[2]


def environments(openvino: Path | None) -> dict[Engine, Path]:
    """The Python of each engine: our own, but for OpenVINO."""
    own = Path(sys.executable)
    found: dict[Engine, Path] = {"onnxruntime": own, "keras": own}
    if openvino:
        found["openvino"] = openvino
    return found


class Refused(RuntimeError):
    """The engine does not run that model in that way, and says why."""


class Worker:
    """One engine in one process. Its errors go to our standard error."""

    def __init__(self, engine: Engine, python: Path) -> None:
        # Not resolved: an environment's Python is a link, and is told by where the link lies.
        command = [str(python.absolute()), "-m", "benchmarks.inference.worker", engine]
        self._engine = engine
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def time(self, command: Command) -> Burst:
        """Let it run. Raises `Refused`, or `RuntimeError` when the process has ended."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("The worker has no pipes.")
        try:
            self._process.stdin.write(command.line())
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError(f"The worker of {self._engine} ended with status {self._process.wait()}: {command}.")
        told = json.loads(answer)
        if "refused" in told:
            raise Refused(told["refused"])
        return Burst(**told)
