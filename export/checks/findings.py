"""What was doubted of a bundle, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from lesion.manifest import InvalidBundle

Outcome = Literal["ok", "skipped", "failed"]
T = TypeVar("T")
MOST_LETTERS = 1000
"""Of a reason, where it is shown."""


@dataclass(frozen=True)
class Finding:
    """One check: of the whole bundle, or of the variant in a precision."""

    subject: str
    check: str
    outcome: Outcome
    detail: str = ""

    def __str__(self) -> str:
        """One line, whatever a hostile bundle puts into an error."""
        said = {"ok": "ok", "skipped": "skipped", "failed": "FAILED"}[self.outcome]
        return f"{self.subject}: {self.check}: {said}{': ' if self.detail else ''}{_plain(self.detail)}"


@dataclass
class Findings:
    """Every check so far, in order."""

    listed: list[Finding] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether nothing failed, and something was checked."""
        return bool(self.listed) and all(finding.outcome != "failed" for finding in self.listed)

    def attempt(self, subject: str, check: str, work: Callable[[], T]) -> T | None:
        """Do a check and list what came of it. Returns its result, which is told where it is text; None: it failed."""
        try:
            result = work()
        except InvalidBundle as error:
            self.listed.append(Finding(subject, check, "failed", str(error)))
            return None
        self.listed.append(Finding(subject, check, "ok", result if isinstance(result, str) else ""))
        return result

    def skip(self, subject: str, check: str, reason: str) -> None:
        """List a check that does not apply here."""
        self.listed.append(Finding(subject, check, "skipped", reason))


def _plain(text: str) -> str:
    """Without line breaks and what a terminal would obey."""
    shown = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    return shown if len(shown) <= MOST_LETTERS else f"{shown[:MOST_LETTERS]}…"
