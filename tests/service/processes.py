"""The service in a process of its own, as an operator runs it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.paths import ROOT


class Service:
    """`python -m service`, its log and its exit code."""

    def __init__(self, models: Path, **settings: object) -> None:
        environment = {**os.environ, "DERMSERVE_MODELS": str(models), "DERMSERVE_PORT": "0"}
        environment |= {f"DERMSERVE_{name.upper()}": str(value) for name, value in settings.items()}
        self.log: list[str] = []
        self.port = 0
        self._listening, self._ready = threading.Event(), threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()

    def _read_log(self) -> None:
        for line in self._process.stderr or ():
            self.log.append(line)
            event = json.loads(line)
            if "running on" in event.get("message", ""):
                self.port = int(event["message"].split(" (")[0].rsplit(":", 1)[1])
                self._listening.set()
            if event["event"] == "ready":
                self._ready.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        assert self._listening.wait(30), self.log
        assert self._ready.wait(30), self.log

    def events(self, name: str) -> list[dict[str, Any]]:
        return [event for line in self.log if (event := json.loads(line))["event"] == name]

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Wait for the end."""
        code = self._process.wait(60)
        self._reader.join(10)
        return code

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stderr is not None:
            self._process.stderr.close()


@contextmanager
def running(models: Path, **settings: object) -> Iterator[Service]:
    """A service that is ready, killed at the end whatever happened."""
    service = Service(models, **settings)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.close()
