"""HTTP/1.1 as uvicorn speaks it, for callers who offer to speak something else."""

import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)
_IGNORED = b"\r\nX-Ignored-Upgrade:"


class Protocol(HttpToolsProtocol):
    """Answers a request that offers an upgrade (Java's HttpClient and `curl --http2` offer h2c) as if it had not.

    RFC 9110 lets a server ignore the offer. httptools does not: it stops at the headers and would take the body for the
    next request, which behind a proxy is request smuggling. So the offer is renamed before it is parsed; where it
    arrives in pieces that hide it, the connection is closed.
    """

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, its head without an offer to upgrade."""
        if self.cycle is None or not self.cycle.more_body:
            end = data.find(b"\r\n\r\n") + 2
            if end > 1 and _UPGRADE.search(data, 0, end):
                data = _UPGRADE.sub(_IGNORED, data[:end]) + data[end:]
        super().data_received(data)

    def _unsupported_upgrade_warning(self) -> None:
        self.transport.close()
