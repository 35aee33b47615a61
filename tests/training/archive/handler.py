"""HTTP for the fake archive: finds what is asked for, and sends the answer, or what goes wrong with it."""

import json
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.training.archive.faults import (
    Expired,
    Fault,
    Garble,
    Maintenance,
    Reset,
    Short,
    Stall,
    Status,
    Trickle,
    Truncate,
)

if TYPE_CHECKING:
    from tests.training.archive.server import FakeArchive

Reply = tuple[int, Any]
JSON = "application/json"


class Server(ThreadingHTTPServer):
    """A thread a connection."""

    daemon_threads = True

    def __init__(self, archive: "FakeArchive") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.archive = archive

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off are what is tested; anything else is a mistake in the tests."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    @property
    def archive(self) -> "FakeArchive":
        if not isinstance(self.server, Server):
            raise TypeError(f"Expected our server. Received {self.server!r}.")
        return self.server.archive

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path.startswith("/files/"):
            self._file(parts.path.removeprefix("/files/").removesuffix(".jpg"), query)
        elif parts.path == "/oauth/authorize/":
            status, text = self.archive.oauth.authorize(query)
            self._send(status, text.encode(), "text/plain")
        else:
            what = _named(parts.path)
            fault = self._note(what)
            status, told = self.archive.answer(parts.path, query, self.headers.get("Authorization"))
            self._send(status, json.dumps(told).encode(), JSON, fault)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        endpoint = urlsplit(self.path).path.removeprefix("/oauth/").strip("/")
        fault = self._note(endpoint)
        oauth = self.archive.oauth
        # A busy server has not looked at the code: it can be sent again.
        look = {"token": oauth.token, "revoke_token": oauth.revoke}[endpoint] if fault is None else lambda _: (200, {})
        status, told = look(body)
        self._send(status, json.dumps(told).encode(), JSON, fault)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
        """Nothing: tests look at `requests`."""

    def _file(self, isic_id: str, query: dict[str, list[str]]) -> None:
        archive = self.archive
        what = f"file {isic_id}"
        fault = self._note(what)
        if isinstance(fault, Expired):
            archive.expire(query)
            fault = None
        status, body = archive.file(isic_id, query, {name.lower(): value for name, value in self.headers.items()})
        with archive.changed:
            archive.at_once += 1
            archive.most_at_once = max(archive.most_at_once, archive.at_once)
            if archive.hold_files_after is not None and sum(archive.sent.values()) >= archive.hold_files_after:
                fault = Stall()
        try:
            self._send(status, body, "image/jpeg", fault, what if status == 200 else "")
        finally:
            with archive.changed:
                archive.at_once -= 1

    def _note(self, what: str) -> Fault | None:
        archive = self.archive
        with archive.changed:
            archive.requests.append((what, {name.lower(): value for name, value in self.headers.items()}))
            archive.changed.notify_all()
        return archive.take_fault(what)

    def _send(self, status: int, body: bytes, kind: str, fault: Fault | None = None, what: str = "") -> None:
        if isinstance(fault, Reset):
            self._reset()
            return
        if isinstance(fault, Status):
            status, body = fault.code, b"{}"
        if isinstance(fault, Maintenance):
            body = b"<html>back soon</html>"
        if isinstance(fault, Short):
            body = body[:-1]
        if isinstance(fault, Garble):
            body = bytes(len(body))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if kind == JSON:
            self.send_header("Set-Cookie", "sessionid=of-the-api; Path=/")
        if isinstance(fault, Status) and fault.retry_after is not None:
            self.send_header("Retry-After", fault.retry_after)
        self.end_headers()
        self._send_body(body, fault, what)

    def _send_body(self, body: bytes, fault: Fault | None, what: str) -> None:
        archive = self.archive
        if isinstance(fault, Stall | Truncate):
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            if isinstance(fault, Stall):
                with archive.changed:
                    archive.held.add(what)
                    archive.changed.notify_all()
                archive.released.wait()
            return
        if isinstance(fault, Trickle):
            slowness = threading.Event()
            for start in range(0, len(body), 100):
                self.wfile.write(body[start : start + 100])
                slowness.wait(fault.pause_s)
        else:
            self.wfile.write(body)
        if what and (fault is None or isinstance(fault, Trickle)):
            with archive.changed:
                archive.sent[what] += 1
                archive.changed.notify_all()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def _named(path: str) -> str:
    """What an API path asks for, in the words of `FakeArchive.faults`."""
    parts = path.removeprefix("/api/v2/").strip("/").split("/")
    if parts in (["images"], ["images", "search"]):
        return "search"
    return f"image {parts[1]}" if parts[0] == "images" else "/".join(parts)
