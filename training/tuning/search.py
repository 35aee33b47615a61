"""A search from its first trial to its winner, alone, or as the chief of workers in other processes.

tunings/<name>/  search.json  journal.jsonl  trials/<trial>/{config.json, history.csv}
                 results.csv  results.png  winner.json
"""

import math
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from training.config import InvalidConfig
from training.tuning import budget, plot, results, space
from training.tuning.journal import Begun, Journal
from training.tuning.oracle import Limits, Recorded, oracle
from training.tuning.outcome import Outcome, Run
from training.tuning.plan import Plan
from training.tuning.results import Row
from training.tuning.worker import Worker

LOCK_FILE = ".lock"
Tell = Callable[[str], None]
"""Hears a line for every trial that ends."""


class FailedSearch(InvalidConfig):
    """Trial after trial of a search failed, or none came to an end: the space asks for what cannot be trained."""


def search(plan: Plan, directory: Path, run: Run, limits: Limits, tell: Tell = print) -> str:
    """Run a search, or go on with it, in a directory of its own.

    Returns the best trials as a Markdown table, and the command that trains the winner. A chief runs no trial itself.
    Raises `FailedSearch` when too many trials failed, `InvalidConfig` when the directory holds another search or is in
    use.
    """
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(directory / LOCK_FILE, timeout=0):
            plan.claim(directory)
            journal = Journal(directory)
            asked = oracle(plan, journal, limits, _teller(plan, directory, journal, tell))
            Worker(asked, plan, run, directory).search()
            return _conclude(asked, plan, directory)
    except Timeout:
        raise InvalidConfig(f"Another process is at work on the search in {directory}.") from None


def expected(plan: Plan, limits: Limits) -> str:
    """What a search will take, in words."""
    epochs = budget.total(plan.config)
    if plan.method == "hyperband":
        return f"Hyperband: many trials of few epochs, few of {epochs}."
    sizes = math.prod(len(dimension.grid()) for dimension in plan.search.space.values())
    counts = [*([sizes] if plan.method == "grid" else []), *([limits.trials] if limits.trials else [])]
    return f"At most {min(counts)} trials of {epochs} epochs."


def work(plan: Plan, directory: Path, run: Run) -> None:
    """Run trials for a chief elsewhere until it has no more. Trials are kept below `directory`, here."""
    never_asked = oracle(plan, Journal(directory / "none"), Limits(), _silent)  # the chief's is
    Worker(never_asked, plan, run, directory).search()


def _conclude(asked: Recorded, plan: Plan, directory: Path) -> str:
    trials = results.rows(plan, asked.journal)
    results.write(plan, directory, trials)
    found = bool(results.ranked(plan, trials))
    if found:
        best = results.write_winner(plan, directory, trials)
        plot.write(plan, directory, trials)
    if asked.has_failed or not found:
        raise FailedSearch(_failures(trials, asked.limits, directory))
    return f"{results.table(plan, trials)}\n\nThe best, trial {best.trial}, as a run: {plan.command(best.values)}"


def _failures(trials: list[Row], limits: Limits, directory: Path) -> str:
    reasons = [f"{row.trial}: {row.outcome.reason}" for row in trials if row.outcome and row.status == "failed"]
    return (
        f"{len(reasons)} of {len(trials)} trials failed, and {limits.failures} in a row end a search. The same command "
        f"with more --failures goes on. The last in {directory}:\n" + "\n".join(reasons[-limits.failures :])
    )


def _teller(plan: Plan, directory: Path, journal: Journal, tell: Tell) -> Callable[[Begun, Outcome], None]:
    def told(begun: Begun, outcome: Outcome) -> None:
        trials = results.rows(plan, journal)
        results.write(plan, directory, trials)
        tell(_line(plan, begun, outcome, results.ranked(plan, trials)))

    return told


def _line(plan: Plan, begun: Begun, outcome: Outcome, best: list[Row]) -> str:
    came = outcome.reason if outcome.score is None else f"{plan.objective} {outcome.score:.4f}"
    again = f", the same as {outcome.repeats}" if outcome.repeats else ""
    so_far = f" (best so far {best[0].score:.4f}, trial {best[0].trial})" if best else ""
    took = f"{outcome.epochs} of {plan.epochs(begun.values)} epochs, {outcome.seconds:.0f} s"
    values = " ".join(space.arguments(plan.values(begun.values)))
    return f"trial {begun.trial} {outcome.status}{again}: {came}{so_far}, {took}, {values}"


def _silent(begun: Begun, outcome: Outcome) -> None:
    """For an oracle whose trials never end here."""
