"""Who runs the trials: Keras Tuner's own tuner, alone, or as a worker that asks a chief elsewhere, or as that chief.

Which of them it is stands in three environment variables of Keras Tuner's: KERASTUNER_TUNER_ID, KERASTUNER_ORACLE_IP
and KERASTUNER_ORACLE_PORT. A chief runs no trial.
"""

import math
import os
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import Trial, TrialStatus

from training.config import InvalidConfig
from training.errors import InvalidData
from training.tuning.journal import TRIALS_FOLDER
from training.tuning.oracle import OUTCOME, SEARCH
from training.tuning.outcome import Outcome, Run
from training.tuning.plan import Plan

FAILURE_FILE = "failure.txt"
PAUSE_SECONDS = 1.0
"""Before asking again, when told to wait: the chief answers at once and keeps no line of those who wait."""


class Worker(BaseTuner):  # type: ignore[misc] # Keras Tuner ships no types
    """Asks for trials, runs them, tells what came of them, until there are no more."""

    def __init__(self, oracle: keras_tuner.Oracle, plan: Plan, run: Run, directory: Path) -> None:
        """Raises `InvalidConfig` when its chief holds another search."""
        super().__init__(oracle, directory=str(directory.parent), project_name=directory.name)
        self.plan, self.run_config, self.trials = plan, run, directory / TRIALS_FOLDER
        self.is_chief = "chief" in os.environ.get("KERASTUNER_TUNER_ID", "")
        if not self.is_chief:
            self._check_space()

    def search(self) -> None:
        """Work until the oracle has no more trials. Raises what is no fault of a trial's values."""
        if self.is_chief:
            super().search()
            return
        while True:
            trial = self.oracle.create_trial(self.tuner_id)
            if trial.status == TrialStatus.STOPPED:
                return
            if trial.status == TrialStatus.IDLE:
                time.sleep(PAUSE_SECONDS)
            else:
                self._run(trial)

    def save(self) -> None:
        """Nothing: the journal is the record."""

    def _check_space(self) -> None:
        received = self.oracle.get_space().get(SEARCH)
        if received != self.plan.fingerprint:
            raise InvalidConfig(
                f"The chief searches something else: expected the search {self.plan.fingerprint}, received {received}. "
                "Start chief and workers with the same recipe, overrides, space, method and objective."
            )

    def _run(self, trial: Trial) -> None:
        start = time.monotonic()
        outcome = self._outcome(trial.hyperparameters.values, self.trials / trial.trial_id)
        outcome = outcome.model_copy(update={"seconds": round(time.monotonic() - start, 1)})
        trial.hyperparameters.values[OUTCOME] = outcome.model_dump_json()
        self.oracle.end_trial(trial)

    def _outcome(self, drawn: Mapping[str, int | float | str], directory: Path) -> Outcome:
        try:
            result = self.run_config(self.plan.trial(drawn), directory)
        except (OSError, InvalidData):
            raise  # of the machine or the data: the next trial would meet it too
        except Exception as error:  # noqa: BLE001 - out of memory has other names on every backend; too many stop it all
            return _failed(error, directory)
        if not math.isfinite(result.score):
            return Outcome(status="failed", epochs=result.epochs, reason=f"the score is {result.score}")
        return Outcome(
            status="completed", score=round(result.score, 6), epochs=result.epochs, best_epoch=result.best_epoch
        )


def _failed(error: Exception, directory: Path) -> Outcome:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / FAILURE_FILE).write_text(traceback.format_exc(), encoding="utf-8")
    words = " ".join(str(error).split())
    return Outcome(status="failed", reason=f"{type(error).__name__}: {words}"[:300])
