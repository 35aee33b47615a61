"""A finished run as others read it: initial weights come from one, teachers are some."""

from dataclasses import dataclass
from pathlib import Path

import keras

from lesion.decision import DecisionSpec
from training import run_files
from training.checkpoints import BEST_FILE, STATE_FILE
from training.config import Config, read_file
from training.errors import InvalidData

CONFIG_FILE, DECISION_FILE = run_files.CONFIG_FILE, run_files.DECISION_FILE
"""What a run is, from its start; and what it decides by, written when it is finished."""


def is_finished(run: Path) -> bool:
    """Whether a run has come to its end: it decides, and there is no state left to go on from."""
    return (run / DECISION_FILE).is_file() and not (run / STATE_FILE).is_file()


@dataclass(frozen=True)
class Finished:
    """A run that has ended: its name, config and calibration. The model is read when asked for."""

    name: str
    config: Config
    decision: DecisionSpec
    path: Path

    @classmethod
    def read(cls, run: Path) -> "Finished":
        """Read a run's folder.

        Raises `FileNotFoundError` when it is not there or not finished, `InvalidConfig` when it is of another version.
        """
        missing = [name for name in (CONFIG_FILE, BEST_FILE, DECISION_FILE) if not (run / name).is_file()]
        if missing:
            raise FileNotFoundError(f"No finished run at {run}. Expected {', '.join(missing)} there.")
        if not is_finished(run):
            raise FileNotFoundError(f"{run} is not finished. Go on with it: python -m training resume {run}")
        config = read_file(run / CONFIG_FILE)
        return cls(run.name, config, DecisionSpec.model_validate_json((run / DECISION_FILE).read_bytes()), run)

    def model(self) -> keras.Model:
        """Its best model. Raises `InvalidData` when its file is damaged."""
        try:
            return keras.saving.load_model(self.path / BEST_FILE, compile=False)
        except (OSError, ValueError) as error:
            raise InvalidData(f"{self.path / BEST_FILE} is damaged: {error}") from error
