"""A trial: one training run through the one fit, graded on validation by its own history.

It sees train and validation alone. Nothing is predicted, calibrated or reported: that is for the run of the winner.
"""

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras

from training import hardware, history
from training.checkpoints import BEST_FILE, LAST_FILE, STATE_FILE
from training.config import Config, InvalidConfig
from training.fit import fit
from training.run import CONFIG_FILE, Data, ancestry, open_learner
from training.tuning.outcome import Result

_OF_DATA = ("dataset", "splits", "extra_categories", "image", "target")
"""Fields of a config that the opened catalog, split and pixels depend on."""


@dataclass(frozen=True)
class Trainer:
    """Trains trials. Catalog, split and pixels are opened once, and again only for a trial of other pixels."""

    data: Path
    cached: Path
    runs: Path
    opened: list[Data] = field(default_factory=list)

    def __call__(self, config: Config, directory: Path) -> Result:
        """Train a config in a directory, going on where an interrupted trial stopped.

        Its weights go when it ends: the winner is trained as a run, the same from its config and seed. Raises what
        `training.run.train` raises.
        """
        opened = self.open(config)
        ancestry(opened, self.runs / config.name, self.data)
        keras.backend.clear_session()  # names of layers, and memory, of the trial before
        with hardware.prepared(config.fit) as place:
            if place.processes > 1:
                raise InvalidConfig(
                    f"A trial is trained by one process, on all its devices. Received {place.processes} processes "
                    "of one run; to share out the search instead, give each a trial of its own: --chief and --worker."
                )
            learner = open_learner(config, self.data, self.runs)
            _begin(config, directory)
            fit(learner, opened.batches(), opened.in_order("validation"), config, directory, place)
        rows = history.read(directory)
        best = history.best(rows, config.fit)
        if best is None:
            raise FloatingPointError("Training ended before its first epoch.")
        for name in (BEST_FILE, LAST_FILE, STATE_FILE):
            (directory / name).unlink(missing_ok=True)
        return Result(best[history.monitored(config.fit)[0]], len(rows), int(best["epoch"]))

    def open(self, config: Config) -> Data:
        """The data of a config."""
        for opened in self.opened:
            if all(getattr(opened.config, name) == getattr(config, name) for name in _OF_DATA):
                return replace(opened, config=config)
        self.opened.append(Data.open(config, self.data, self.cached))
        return self.opened[-1]


def _begin(config: Config, directory: Path) -> None:
    """Make the directory with its config, unless it holds what an interrupted trial can go on from."""
    if (directory / STATE_FILE).is_file():
        return
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    (directory / CONFIG_FILE).write_text(config.model_dump_json(indent=2) + "\n", encoding="utf-8")
