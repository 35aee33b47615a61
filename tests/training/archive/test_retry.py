"""How long is waited, and when it is given up."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from training.archive.retry import Patience, Transient, asked_wait_s

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({}, 0),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"Retry-After": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0),
        ({"Retry-After": "Fri, 01 May 2026 12:00:30 -0000"}, 30),
    ],
)
def test_retry_after_in_both_its_forms(headers: dict[str, str], asked: float) -> None:
    assert asked_wait_s(httpx.Headers({"Date": format_datetime(NOW, usegmt=True), **headers})) == asked


def test_a_date_is_read_by_our_clock_when_the_server_tells_none() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert 3500 < asked_wait_s(httpx.Headers({"Retry-After": until})) <= 3600


class Attempts:
    """Fails with each of these, then gives 42."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.waits_s: list[float] = []

    async def attempt(self) -> int:
        if self.failures:
            raise self.failures.pop(0)
        return 42

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)

    def insist(self, **changed: float) -> int:
        patience = Patience(sleep=self.sleep, **changed)  # type: ignore[arg-type]
        return asyncio.run(patience.insist(self.attempt))


def test_waits_grow_and_are_bounded() -> None:
    attempts = Attempts(*[Transient("busy")] * 7)
    assert attempts.insist(longest_wait_s=10) == 42
    for wait, least in zip(attempts.waits_s, (1, 2, 4, 8, 10, 10, 10), strict=True):
        assert least <= wait <= least + 1
        assert wait <= 10


def test_what_is_asked_is_waited_up_to_a_bound() -> None:
    attempts = Attempts(Transient("busy", 30), Transient("busy", 100_000), Transient("busy", 1))
    assert attempts.insist(jitter_s=0) == 42
    assert attempts.waits_s == [30, 300, 4]


def test_attempts_are_counted() -> None:
    attempts = Attempts(*[Transient(f"busy {number}") for number in range(9)])
    with pytest.raises(Transient, match="busy 2"):
        attempts.insist(attempts=3)
    assert len(attempts.waits_s) == 2


def test_other_errors_are_not_tried_again() -> None:
    attempts = Attempts(ValueError("final"))
    with pytest.raises(ValueError, match="final"):
        attempts.insist()
    assert attempts.waits_s == []
