"""What can go wrong between the fake archive and its client."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """An answer of this status, perhaps with a Retry-After."""

    code: int
    retry_after: str | None = None


@dataclass(frozen=True)
class Trickle:
    """The whole body, 100 bytes at a time with a pause between: never silent for long."""

    pause_s: float = 0.02


@dataclass(frozen=True)
class Stall:
    """Half of the body, then silence with the connection open."""


@dataclass(frozen=True)
class Truncate:
    """Half of the body, then the connection closes."""


@dataclass(frozen=True)
class Short:
    """A body that is one byte short, and says so: only the size the API told gives it away."""


@dataclass(frozen=True)
class Garble:
    """Other bytes, of the right length."""


@dataclass(frozen=True)
class Maintenance:
    """A success that is not what was asked for, as a proxy or a maintenance page sends it."""


@dataclass(frozen=True)
class Reset:
    """The connection is reset before a byte was sent."""


@dataclass(frozen=True)
class Expired:
    """An address whose time is over when it is used: 403, as the file host says it."""


Fault = Status | Trickle | Stall | Truncate | Short | Garble | Maintenance | Reset | Expired
