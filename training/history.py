"""The rows of history.csv, and what they say of the best epoch: all that early stopping and resuming need to know."""

import csv
from pathlib import Path
from typing import Any

import keras

from training.errors import InvalidData
from training.options.fit import Fit
from training.writing import write_csv

HISTORY_FILE = "history.csv"
Row = dict[str, float]


def read(run: Path) -> list[Row]:
    """The rows of a run, none before its first epoch has ended. Raises `InvalidData` on a file that is damaged."""
    path = run / HISTORY_FILE
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    except (TypeError, ValueError) as error:
        raise InvalidData(f"{path} is damaged: {error}.") from error


def write(run: Path, rows: list[Row]) -> None:
    """Write all rows anew."""
    names = list(rows[0]) if rows else ["epoch"]
    write_csv(run / HISTORY_FILE, names, ([_plain(row, name) for name in names] for row in rows))


def monitored(options: Fit) -> tuple[str, str]:
    """Column that decides, and `max` or `min`."""
    return ("val_balanced_accuracy", "max") if options.monitor == "balanced_accuracy" else ("val_loss", "min")


def best(rows: list[Row], options: Fit) -> Row | None:
    """The best row, the earliest of equals."""
    column, mode = monitored(options)
    sign = 1 if mode == "max" else -1
    return max(rows, key=lambda row: sign * row[column], default=None)


def _plain(row: Row, name: str) -> str:
    return str(int(row[name])) if name == "epoch" else repr(row[name])


class History(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """A row an epoch, on disk as soon as the epoch ends; stops a phase that gets no better.

    Patience counts a phase's own epochs: the first one after unfreezing may well be a worse one. It is read from the
    rows, so a resumed run stops where an uninterrupted one would.
    """

    def __init__(self, run: Path | None, options: Fit, rows: list[Row], first: int) -> None:
        """`rows` so far; `first`: the phase's first epoch. Without `run` nothing is written."""
        super().__init__()
        self.run, self.options, self.rows, self.first = run, options, list(rows), first

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the row; stop when `patience` epochs of the phase brought nothing better than its best."""
        self.rows.append({"epoch": epoch, **{name: float(value) for name, value in (logs or {}).items()}})
        if self.run is not None:
            write(self.run, self.rows)
        if patience_is_over(self.rows, self.options, self.first):
            self.model.stop_training = True


def patience_is_over(rows: list[Row], options: Fit, first: int) -> bool:
    """Whether the last `patience` of the rows from epoch `first` on hold nothing better than those before."""
    mine = [row for row in rows if row["epoch"] >= first]
    leader = best(mine, options)
    return leader is not None and mine[-1]["epoch"] - leader["epoch"] >= options.patience
