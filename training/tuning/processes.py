"""A search on several processes of one machine: a chief that proposes, and workers that train.

Each is `python -m training tune …` itself, as one would start it by hand on several machines. Needs no Keras.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from training import cores
from training.config import InvalidConfig

HOST = "127.0.0.1"
RESTARTS = 3
"""Of a worker whose process dies. The trial it was at is begun again, and fails in the end if that is its doing."""
LOOK_SECONDS = 1.0
"""Between two looks at the workers."""


def role(tuner: str, address: str) -> dict[str, str]:
    """The environment by which Keras Tuner knows a chief or a worker. Raises `InvalidConfig` unless HOST:PORT."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise InvalidConfig(f"Expected HOST:PORT, such as 10.0.0.5:7000. Received {address!r}.")
    return {"KERASTUNER_TUNER_ID": tuner, "KERASTUNER_ORACLE_IP": host, "KERASTUNER_ORACLE_PORT": port}


@dataclass
class Crew:
    """The workers of one machine: started again when they die, ended with the search."""

    commands: Sequence[Sequence[str]]
    logs: Sequence[Path]
    live: list[subprocess.Popen[bytes]] = field(default_factory=list)
    deaths: int = 0

    def start(self) -> None:
        """Start all."""
        for number in range(len(self.commands)):
            self.live.append(self._started(number))

    def look_after(self) -> None:
        """Start again who has died. Raises `InvalidConfig` when that happens too often."""
        for number, process in enumerate(self.live):
            if process.poll() in {None, 0}:
                continue
            self.deaths += 1
            if self.deaths > RESTARTS:
                raise InvalidConfig(
                    f"Workers died {self.deaths} times, the last with status {process.returncode}. What it said: "
                    f"{self.logs[number]}. The same command goes on with the search."
                )
            self.live[number] = self._started(number)

    def end(self) -> None:
        """End all that still run."""
        for process in self.live:
            process.terminate()
        for process in self.live:
            process.wait()

    def _started(self, number: int) -> subprocess.Popen[bytes]:
        threads = str(max(1, cores.granted() // len(self.commands)))
        shared = {"OMP_NUM_THREADS": threads, "TF_NUM_INTRAOP_THREADS": threads}
        with self.logs[number].open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - this very program
                self.commands[number], stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **shared}
            )


def search(arguments: Sequence[str], count: int, directory: Path) -> int:
    """Search with `count` workers beside a chief; returns the chief's exit status.

    `arguments` are those of the command without its role. What workers print goes to worker-N.log in the directory.
    Raises `InvalidConfig` when workers die again and again.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that it ends the others too
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "training", "tune", *arguments]
    names = [f"worker-{number}" for number in range(1, count + 1)]
    address = f"{HOST}:{_free_port()}"
    workers = [[*command, "--worker", address, name] for name in names]
    with (
        _crew(workers, [directory / f"{name}.log" for name in names]) as crew,
        _ended(
            subprocess.Popen([*command, "--chief", address])  # noqa: S603 - this very program
        ) as chief,
    ):
        while True:
            try:
                return chief.wait(timeout=LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                crew.look_after()


@contextmanager
def _crew(commands: Sequence[Sequence[str]], logs: Sequence[Path]) -> Iterator[Crew]:
    crew = Crew(commands, logs)
    try:
        crew.start()
        yield crew
    finally:
        crew.end()


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port
