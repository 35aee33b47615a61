"""The container's probe against servers that are ready, not ready, not there and not HTTP."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.paths import ROOT


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server on a free port whose /health/ready answers `status`, and everything else 404."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def probe(port: int) -> int:
    command = [sys.executable, "-m", "service.healthcheck"]
    environment = {**os.environ, "DERMSERVE_PORT": str(port)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_it_tells_what_readiness_tells(status: int, code: int) -> None:
    with answering(status) as port:
        assert probe(port) == code


def test_nobody_there() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    assert probe(port) == 1


def test_a_server_that_does_not_speak_http() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"220 mail ready\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        assert probe(listener.getsockname()[1]) == 1
        thread.join()
