"""One HTTP exchange: its id, its log line, and the end of the connection while draining."""

import logging
import random
import re
from collections.abc import Callable
from time import monotonic

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs

REQUEST_ID_HEADER = "X-Request-ID"
# Called every few seconds by machines: a line each would bury the requests.
_PROBED = {"/health/live", "/health/ready", "/health/startup", "/metrics"}
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Exchange:
    """ASGI, outermost: gives a request its id, and answers what no handler caught with `on_failure`.

    A caller's own `X-Request-ID` is kept when it is 1 to 64 letters, digits, dots, dashes or underscores.
    """

    def __init__(
        self, app: ASGIApp, draining: Callable[[], bool], on_failure: Callable[[Request, Exception], Response]
    ) -> None:
        self._app = app
        self._draining = draining
        self._on_failure = on_failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = monotonic()
        state = scope.setdefault("state", {})
        state["request_id"] = request_id = _request_id(Headers(scope=scope).get(REQUEST_ID_HEADER))
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers[REQUEST_ID_HEADER] = request_id
                if self._draining():
                    # A kept-alive connection would pin its caller to a service that is about to end.
                    headers["Connection"] = "close"
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:  # noqa: BLE001 (the trace is logged; the caller learns the id only)
            logs.write(logging.ERROR, "failure", request_id=request_id, **logs.describe(error))
            state["outcome"] = "failed"
            if not status:
                await self._on_failure(Request(scope), error)(scope, receive, send_with_id)
        route = getattr(scope.get("route"), "path", "unmatched")
        logs.write(
            logging.DEBUG if route in _PROBED else logging.INFO,
            "request",
            request_id=request_id,
            method=scope["method"],
            route=route,
            status=status,
            outcome=state.get("outcome", ""),
            duration_ms=round((monotonic() - begun) * 1000, 2),
        )


def _request_id(offered: str | None) -> str:
    if offered and _SAFE_ID.fullmatch(offered):
        return offered
    # Unique, not secret: uuid4 asks the kernel, which gives the interpreter to the lanes and waits to get it back.
    return f"{random.getrandbits(128):032x}"
