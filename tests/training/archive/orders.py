"""Orders for the fake archive, with a client that does not really wait."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.training.archive.server import FakeArchive
from training.archive.exchange import Pace
from training.archive.fetch import Order
from training.archive.listing import Search
from training.archive.retry import Patience
from training.archive.tokens import Tokens

UNHURRIED = Pace(silence_s=30, grace_s=60)


@dataclass
class Told:
    """What a client said to its user, and how long it would have waited."""

    lines: list[str] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)


def order(
    archive: FakeArchive,
    *,
    query: str = "",
    collections: tuple[int, ...] = (65,),
    limit: int | None = None,
    tokens: Path | None = None,
    workers: int = 4,
    attempts: int = 4,
    pace: Pace = UNHURRIED,
    told: Told | None = None,
) -> Order:
    """An order whose waits take no time and are written down."""
    told = told or Told()
    return Order(
        Search(query, collections, limit),
        api=archive.api,
        tokens=None if tokens is None else Tokens(tokens),
        workers=workers,
        patience=Patience(attempts=attempts, sleep=told.sleep, tell=told.lines.append),
        pace=pace,
        tell=told.lines.append,
    )
