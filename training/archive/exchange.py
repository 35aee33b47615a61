"""One request and its answer, bounded in time and size; what may pass by itself is `Transient`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from training.archive.retry import Transient, asked_wait_s
from training.errors import InvalidData

MOST_ANSWER_BYTES = 64 * 1024 * 1024
"""Cap on an answer of the API; a page of 100 images is about 200 kB."""


@dataclass(frozen=True)
class Pace:
    """When an answer counts as too slow: silent for `silence_s`, or not whole in `grace_s` + size / `slowest_bytes_s`.

    The second bound is for bodies that trickle, and so are never silent.
    """

    silence_s: float = 30.0
    grace_s: float = 60.0
    slowest_bytes_s: float = 10_000.0

    def allowed_s(self, size_bytes: int) -> float:
        """Seconds in which an answer of this size must be whole."""
        return self.grace_s + size_bytes / self.slowest_bytes_s


@dataclass(frozen=True)
class Answer:
    """Status, headers and body. The body of a success that went to `take` is empty here."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.status == 200


def open_client(pace: Pace, *, follow_redirects: bool = False) -> httpx.AsyncClient:
    """A client that keeps no cookie, so none can travel from one address to another."""
    return httpx.AsyncClient(
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        timeout=pace.silence_s,
        follow_redirects=follow_redirects,
        max_redirects=3,
    )


async def exchange(
    client: httpx.AsyncClient,
    request: httpx.Request,
    pace: Pace,
    *,
    take: Callable[[bytes], object] | None = None,
    expected_bytes: int | None = None,
) -> Answer:
    """Send a request and read the answer whole; the body of a success goes to `take`, piece by piece.

    `expected_bytes` caps the body and sets how long it may take.

    Raises `Transient` on 408, 429, 5xx, a broken connection, and an answer that is cut off, too long or too slow;
    `InvalidData` on an address that is none or leads away from https.
    """
    most = MOST_ANSWER_BYTES if expected_bytes is None else expected_bytes
    allowed_s = pace.allowed_s(expected_bytes or 0)
    where = request.url.host
    try:
        async with asyncio.timeout(allowed_s):
            return await _exchange(client, request, take, most)
    except TimeoutError as error:
        raise Transient(f"{where} was too slow: the answer was not whole after {allowed_s:.0f} s") from error
    except (httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
        raise InvalidData(f"{where or 'An address without a host'} cannot be asked: {error}") from error
    except httpx.RequestError as error:
        raise Transient(f"{where} broke off: {type(error).__name__} {error}".rstrip()) from error


async def _exchange(
    client: httpx.AsyncClient, request: httpx.Request, take: Callable[[bytes], object] | None, most: int
) -> Answer:
    response = await client.send(request, stream=True)
    try:
        if request.url.scheme == "https" and response.url.scheme != "https":
            raise InvalidData(f"{request.url.host} led from https to {response.url.scheme}, which we do not follow.")
        if response.status_code in {408, 429} or response.status_code >= 500:
            reason = f"{response.url.host} answered {response.status_code} {response.reason_phrase}"
            raise Transient(reason, asked_wait_s(response.headers))
        body = bytearray()
        consume = take if take is not None and response.status_code == 200 else body.extend
        received = 0
        async for piece in response.aiter_bytes():
            received += len(piece)
            if received > most:
                raise Transient(f"{response.url.host} sent more than the {most} bytes expected")
            consume(piece)
        return Answer(response.status_code, response.headers, bytes(body))
    finally:
        await response.aclose()
