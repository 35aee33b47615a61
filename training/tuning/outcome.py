"""What a trial comes to. Needs no Keras."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from training.config import Config
from training.options.part import Part

Status = Literal["completed", "failed"]


@dataclass(frozen=True)
class Result:
    """What a trial's training gave, by the epoch with the best score on validation."""

    score: float
    epochs: int
    best_epoch: int


Run = Callable[[Config, Path], Result]
"""Trains a config in a directory; the real one is `training.tuning.trial.Trainer`."""


class Outcome(Part):
    """What a trial came to."""

    status: Status
    score: float | None = None
    epochs: int = 0
    best_epoch: int | None = None
    seconds: float = 0.0
    reason: str | None = None
    repeats: str | None = Field(None, description="The trial with the same values, whose outcome this is.")
