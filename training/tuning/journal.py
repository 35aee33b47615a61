"""What has happened in a search, a line an event, on disk before anything follows from it: journal.jsonl.

A search killed at any moment goes on from here: the events are told again to a fresh oracle. Keras Tuner's own
saving is not used, for its grid cannot go on from it, nor its Bayesian search exactly. Needs no Keras.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from training.options.part import Part
from training.tuning.outcome import Outcome
from training.tuning.space import Drawn

JOURNAL_FILE, TRIALS_FOLDER = "journal.jsonl", "trials"
HISTORY_FILE = "history.csv"


class Begun(Part):
    """A worker was given a trial: for the first time, or again because it, or its search, was interrupted."""

    event: Literal["begun"] = "begun"
    trial: str
    worker: str
    values: dict[str, Drawn]
    epochs: int = Field(0, description="Epochs of it that an interrupted attempt had left.")


class Ended(Part):
    """A trial has come to an end."""

    event: Literal["ended"] = "ended"
    trial: str
    outcome: Outcome


Event = Begun | Ended
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


class Journal:
    """The events of a search, in order."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / JOURNAL_FILE

    def events(self) -> Iterator[Event]:
        """All events so far. A last line that was cut short never happened."""
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.is_file() else []
        for line in lines:
            if line.endswith(b"\n"):
                yield _EVENT.validate_json(line)

    def epochs(self, trial: str) -> int:
        """Epochs of a trial that are on disk here."""
        history = self.path.parent / TRIALS_FOLDER / trial / HISTORY_FILE
        return len(history.read_bytes().splitlines()[1:]) if history.is_file() else 0

    def append(self, event: Event) -> None:
        """Write an event; on return it is on disk."""
        with self.path.open("a+b") as file:
            file.truncate(_whole(self.path.read_bytes()))
            file.write(event.model_dump_json(exclude_none=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _whole(content: bytes) -> int:
    """Length of a journal without a last line that was cut short."""
    return content.rfind(b"\n") + 1
