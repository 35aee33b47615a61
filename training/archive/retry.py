"""When to try again and how long to wait before: one policy, for pages and for files."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

T = TypeVar("T")

WORTH_TELLING_S = 5
"""Shorter waits pass without a word."""


class Transient(Exception):
    """A failure that may pass by itself: 429, 5xx, a broken, slow or short answer.

    `asked_s`: how many seconds the server asked us to wait, 0 when it did not say.
    """

    def __init__(self, reason: str, asked_s: float = 0) -> None:
        super().__init__(reason)
        self.asked_s = asked_s


@dataclass(frozen=True)
class Patience:
    """How often to try, and the waits between: 1, 2, 4 … seconds and up to one more at random, or what the server asks.

    Both waits are bounded. `sleep` and `tell` are what a test or a progress display replaces.
    """

    attempts: int = 8
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    longest_asked_s: float = 300.0
    jitter_s: float = 1.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    tell: Callable[[str], None] = lambda _: None

    async def insist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run `attempt` until it does not raise `Transient`; the last one's is raised when all attempts are spent."""
        trying = AsyncRetrying(
            sleep=self.sleep,
            stop=stop_after_attempt(self.attempts),
            wait=self._wait_s,
            retry=retry_if_exception_type(Transient),
            before_sleep=self._announce,
            reraise=True,
        )

        async def run() -> T:  # tenacity awaits only what it can see to be a coroutine function
            return await attempt()

        return await trying(run)

    def _wait_s(self, state: RetryCallState) -> float:
        backoff = wait_exponential_jitter(self.first_wait_s, self.longest_wait_s, jitter=self.jitter_s)
        # Never sooner than asked; never more eager than our own backoff when a server keeps asking for one second.
        return max(backoff(state), min(_failure(state).asked_s, self.longest_asked_s))

    def _announce(self, state: RetryCallState) -> None:
        if state.upcoming_sleep >= WORTH_TELLING_S:
            self.tell(f"{_failure(state)}: trying again in {state.upcoming_sleep:.0f} s")


def asked_wait_s(headers: httpx.Headers) -> float:
    """Seconds that a Retry-After header asks for, in either of its forms; 0 without one that can be read."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _date(text)
    if until is None:
        return 0
    # The server's own clock where it tells it: ours may be wrong.
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _failure(state: RetryCallState) -> Transient:
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, Transient):
        raise TypeError(f"Only Transient is tried again. Received {failure!r}.")
    return failure
