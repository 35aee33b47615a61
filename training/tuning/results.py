"""A search's journal as a table: results.csv, the best as Markdown, and the winner as overrides of its recipe.

Needs no Keras.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.config import InvalidConfig
from training.tuning import space
from training.tuning.journal import Begun, Ended, Journal
from training.tuning.outcome import Outcome
from training.tuning.plan import Plan
from training.tuning.space import Values
from training.writing import write_csv

RESULTS_FILE, WINNER_FILE = "results.csv", "winner.json"
SHOWN = 10
"""Rows of the table that is printed; results.csv has all."""
UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Row:
    """A trial. `budget`: the epochs it was allowed."""

    trial: str
    values: Values
    budget: int
    outcome: Outcome | None

    @property
    def status(self) -> str:
        """completed, failed or unfinished."""
        return self.outcome.status if self.outcome else UNFINISHED

    @property
    def score(self) -> float | None:
        """Of a completed trial."""
        return self.outcome.score if self.outcome else None


def rows(plan: Plan, journal: Journal) -> list[Row]:
    """Every trial of a search, in the order they were begun."""
    events = list(journal.events())
    begun = {event.trial: event for event in events if isinstance(event, Begun)}
    ended = {event.trial: event.outcome for event in events if isinstance(event, Ended)}
    return [
        Row(trial, plan.values(event.values), plan.epochs(event.values), ended.get(trial))
        for trial, event in begun.items()
    ]


def ranked(plan: Plan, trials: Sequence[Row]) -> list[Row]:
    """Completed trials, the best first. What had fewer epochs ranks below: its score is of another kind."""
    sign = -1 if plan.direction == "max" else 1
    completed = [row for row in trials if row.score is not None]
    shorter_last = plan.method == "hyperband"
    return sorted(completed, key=lambda row: (-row.budget if shorter_last else 0, sign * (row.score or 0)))


def write(plan: Plan, directory: Path, trials: Sequence[Row]) -> None:
    """Write results.csv."""
    paths = list(plan.search.space)
    header = [
        "trial",
        "status",
        plan.objective,
        *paths,
        "budget",
        "epochs",
        "best_epoch",
        "seconds",
        "repeats",
        "reason",
    ]
    write_csv(directory / RESULTS_FILE, header, [_cells(row, paths) for row in trials])


def _cells(row: Row, paths: list[str]) -> list[object]:
    values = [_plain(row.values[path]) for path in paths]
    told = row.outcome
    if told is None:
        return [row.trial, row.status, None, *values, row.budget, *[None] * 5]
    end = [row.budget, told.epochs, told.best_epoch, told.seconds, told.repeats, told.reason]
    return [row.trial, row.status, told.score, *values, *end]


def write_winner(plan: Plan, directory: Path, trials: Sequence[Row]) -> Row:
    """Write winner.json: what turns the recipe into the best trial's config. Needs a completed trial."""
    best = ranked(plan, trials)[0]
    content = {
        "recipe": plan.recipe,
        "overrides": plan.winning(best.values),
        "command": plan.command(best.values),
        "trial": best.trial,
        "objective": plan.objective,
        "score": best.score,
    }
    (directory / WINNER_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return best


def table(plan: Plan, trials: Sequence[Row]) -> str:
    """The best trials as a Markdown table, and what became of the others."""
    paths = list(plan.search.space)
    best = ranked(plan, trials)
    header = ["trial", plan.objective, *paths, "epochs", "best epoch", "seconds"]
    lines = [_line(header), _line(["---"] * len(header)), *(_line(_shown(row, paths)) for row in best[:SHOWN])]
    left = [f"{len(best) - SHOWN} more completed"] if len(best) > SHOWN else []
    for status in ("failed", UNFINISHED):
        count = sum(row.status == status for row in trials)
        left += [f"{count} {status}"] if count else []
    return "\n".join([*lines, *([f"\nNot shown: {', '.join(left)} (all in {RESULTS_FILE})."] if left else [])])


def _shown(row: Row, paths: list[str]) -> list[str]:
    told = row.outcome or Outcome(status="failed")
    epochs = f"{told.epochs} of {row.budget}"
    values = [_plain(row.values[path]) for path in paths]
    return [row.trial, f"{told.score:.4f}", *values, epochs, str(told.best_epoch), f"{told.seconds:.0f}"]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def overrides(winner: Path, recipe: str) -> list[str]:
    """Command line pairs of a winner.json. Raises `InvalidConfig` when it is of another recipe, or none at all."""
    try:
        content = json.loads(winner.read_bytes())
        of, values = content["recipe"], content["overrides"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidConfig(f"{winner} is no {WINNER_FILE} of a search: {error}.") from error
    if not isinstance(values, dict):
        raise InvalidConfig(f"{winner} is no {WINNER_FILE} of a search: its overrides are {values!r}.")
    if of != recipe:
        raise InvalidConfig(f"{winner} is of another recipe. Expected {recipe}. Received {of}.")
    return space.arguments(values)
