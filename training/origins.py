"""Data that a run has learned from by other runs: initial weights, teachers, and theirs. A license goes with it."""

from dataclasses import dataclass
from pathlib import Path

from training.config import Config, read_file
from training.run_files import CONFIG_FILE


@dataclass(frozen=True)
class Origin:
    """A run that was learned from, and what it says of its own data."""

    run: str
    statement: str
    license: str


def of(config: Config, runs: Path) -> list[Origin]:
    """Every ancestor of a run, each once, nearest first. One whose folder is no longer there is named so."""
    found: dict[str, Origin] = {}
    waiting = list(config.ancestors)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        if not (runs / name / CONFIG_FILE).is_file():
            found[name] = Origin(name, "its folder is gone", "unknown")
            continue
        theirs = read_file(runs / name / CONFIG_FILE)
        found[name] = Origin(name, theirs.data_statement, theirs.data_license)
        waiting += theirs.ancestors
    return list(found.values())
