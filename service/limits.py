"""Bounds on one request: how large its body may be, how long it may take, and whether its caller is still there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ClientDeparted, FieldError, InvalidRequest, PayloadTooLarge

TIMEOUT_HEADER = "X-Request-Timeout-Ms"

_LINGER_SECONDS = 2.0


class BodyCap:
    """ASGI: no application behind this receives more than `max_bytes` of a body.

    Reading the body of a request that announces more raises `PayloadTooLarge` before the first byte is received; one
    that announces nothing is counted as it comes. Requests whose body nobody reads are left alone.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = int(headers.get("content-length", 0))
        body = _Body(receive, announced, self._max_bytes)
        closing = False

        async def send_and_linger(message: Message) -> None:
            nonlocal closing
            if message["type"] == "http.response.start":
                closing = Headers(raw=message["headers"]).get("connection") == "close"
            elif closing and not message.get("more_body") and headers.get("expect") is None:
                # Closing a socket with unread data resets it, and a reset can overtake the answer just written. So the
                # answer goes out first, the caller gets a moment to read it or to finish sending, then we close.
                await send({**message, "more_body": True})
                await body.discard(_LINGER_SECONDS)
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await self._app(scope, body.receive, send_and_linger)


class _Body:
    """The body of one request as it is received."""

    def __init__(self, receive: Receive, announced: int, max_bytes: int) -> None:
        self._receive = receive
        self._announced = announced
        self._max_bytes = max_bytes
        self._received = 0
        self._ended = False

    async def receive(self) -> Message:
        if self._announced > self._max_bytes:
            raise PayloadTooLarge(f"Expected at most {self._max_bytes} bytes. Received {self._announced} bytes.")
        message = await self._next()
        if self._received > self._max_bytes:
            raise PayloadTooLarge(f"Expected at most {self._max_bytes} bytes. Received more.")
        return message

    async def discard(self, seconds: float) -> None:
        """Throw away the rest of the body, for so long."""
        try:
            async with asyncio.timeout(seconds):
                while not self._ended:
                    await self._next()
        except TimeoutError:
            return  # a caller who still sends has had its time; the connection closes on it

    async def _next(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message


def deadline(headers: Headers, longest_seconds: float) -> float:
    """The moment of `time.monotonic()` by which this request must be answered.

    `X-Request-Timeout-Ms` may shorten the service's own allowance. Raises `InvalidRequest` when it is no number.
    """
    asked = headers.get(TIMEOUT_HEADER)
    if asked is None:
        return monotonic() + longest_seconds
    if not (asked.isascii() and asked.isdigit() and 0 < len(asked) < 10 and int(asked) > 0):
        expected = "a whole number of milliseconds, from 1"
        raise InvalidRequest(
            f"The header {TIMEOUT_HEADER} is invalid. Expected {expected}. Received {asked[:80]!r}.",
            [FieldError(field=TIMEOUT_HEADER, expected=expected, received=asked[:80])],
        )
    return monotonic() + min(longest_seconds, int(asked) / 1000)


@asynccontextmanager
async def attended(receive: Receive) -> AsyncIterator[None]:
    """Stop the work in this block, with `ClientDeparted`, as soon as the caller closes the connection.

    To be entered when the body has been read: from then on the only thing left to receive is the disconnect.
    """
    work = asyncio.current_task()
    if work is None:
        raise RuntimeError("attended() stops the current task. Expected to run in one. Received none.")
    departed = False

    async def watch() -> None:
        nonlocal departed
        while (await receive())["type"] != "http.disconnect":
            pass
        departed = True
        work.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError as error:
        if departed and work.uncancel() == 0:
            raise ClientDeparted("The caller closed the connection before the answer.") from error
        raise
    finally:
        watcher.cancel()
