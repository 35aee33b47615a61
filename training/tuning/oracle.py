"""Keras Tuner's four oracles, which propose the trials, made to keep a journal and to go on from it.

    create_trial    a worker asks: the next values, or those of a trial that was interrupted, or that it is over
    end_trial       a worker tells what came of them

The outcome travels among the trial's values, for Keras Tuner carries numbers and values from a worker to the chief, but
no reason of a failure.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import Trial, TrialStatus
from sklearn.exceptions import ConvergenceWarning

from training.tuning import budget
from training.tuning.journal import Begun, Ended, Journal
from training.tuning.outcome import Outcome
from training.tuning.plan import EPOCHS, Plan
from training.tuning.space import Choice, Integers, LogUniform

SEARCH, OUTCOME = "tuner/search", "tuner/outcome"
ATTEMPTS = 3
"""A trial whose process ended so often without an epoch of it, for lack of memory perhaps, has failed."""
_NEVER = 10**9  # Keras Tuner's own way to stop on failures leaves a chief that waits forever
Tell = Callable[[Begun, Outcome], None]
"""Hears of every trial that ends."""


@dataclass(frozen=True)
class Limits:
    """When a search is over, beside what its method says."""

    trials: int | None = None
    failures: int = 5
    """So many failed trials in a row."""


class Recorded(keras_tuner.Oracle):  # type: ignore[misc] # Keras Tuner ships no types
    """What the four have in common. Calls come from one thread: the search's own, or the chief's only server thread."""

    def __init__(self, plan: Plan, journal: Journal, limits: Limits, tell: Tell, **own: Any) -> None:
        """`own` are options of the method."""
        super().__init__(
            objective=keras_tuner.Objective(plan.objective, plan.direction),
            hyperparameters=hyperparameters(plan),
            seed=plan.config.seed + 1,  # Keras Tuner takes 0 for none
            max_consecutive_failed_trials=_NEVER,
            **own,
        )
        self.verbose = 0
        self.plan, self.journal, self.limits, self.tell = plan, journal, limits, tell
        self.begun: dict[str, list[Begun]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.tried: dict[str, str] = {}
        self._told: Begun | None = None
        self._replay()

    def create_trial(self, tuner_id: str) -> Trial:
        """A trial to run, or one that says to ask again (IDLE) or to leave (STOPPED)."""
        if tuner_id in self.ongoing_trials:  # it asks without having told what came of it: it died, and is back
            self._retry_queue.append(self.ongoing_trials.pop(tuner_id).trial_id)
        while not self._is_over():
            trial = super().create_trial(tuner_id)
            if trial.status != TrialStatus.RUNNING:
                return trial
            self._note(trial, tuner_id)
            outcome = self._foreseen(trial.trial_id)
            if outcome is None:
                return trial
            self._conclude(trial.trial_id, outcome)
        self.tuner_ids.discard(tuner_id)
        return Trial(hyperparameters=self.get_space(), status=TrialStatus.STOPPED)

    def end_trial(self, trial: Trial) -> None:
        """Take a trial's outcome. Told a second time, by a worker thought dead, it is the same, and changes nothing."""
        outcome = Outcome.model_validate_json(trial.hyperparameters.values[OUTCOME])
        if trial.trial_id not in self.outcomes:
            self._conclude(trial.trial_id, outcome)

    @property
    def has_failed(self) -> bool:
        """Whether the last trials failed, as many as the limit."""
        last = list(self.outcomes.values())[-self.limits.failures :]
        return len(last) == self.limits.failures and all(outcome.status == "failed" for outcome in last)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The method's proposal; what it proposed before, while the journal is told again."""
        if self._told is None:
            proposed: dict[str, Any] = super().populate_space(trial_id)
            return proposed
        if not self.proposes_from_trials_alone():
            super().populate_space(trial_id)  # to come to the same inner state
        return {"status": TrialStatus.RUNNING, "values": dict(self._told.values)}

    def proposes_from_trials_alone(self) -> bool:
        """Whether the next proposal leaves no trace in the oracle itself, so that it need not be made again."""
        return False

    def penalty(self) -> float | None:
        """The score by which the method knows a failed trial, None where it copes with failures."""
        return None

    def save(self) -> None:
        """Nothing: the journal is the record."""

    def _save_trial(self, trial: Trial) -> None:
        """Nothing: the journal is the record."""

    def _is_over(self) -> bool:
        limit = self.limits.trials
        return self.has_failed or (limit is not None and len(self.trials) >= limit and not self._retry_queue)

    def _note(self, trial: Trial, worker: str) -> None:
        epochs = self.journal.epochs(trial.trial_id)
        event = Begun(trial=trial.trial_id, worker=worker, values=trial.hyperparameters.values, epochs=epochs)
        self.journal.append(event)
        self.begun.setdefault(event.trial, []).append(event)

    def _conclude(self, trial_id: str, outcome: Outcome) -> None:
        self.journal.append(Ended(trial=trial_id, outcome=outcome))
        self._end(trial_id, outcome)
        self.tell(self.begun[trial_id][-1], outcome)

    def _foreseen(self, trial_id: str) -> Outcome | None:
        """What will come of a trial, where that is known: its values were tried, or it kills whoever runs it."""
        begun = self.begun[trial_id]
        if len(begun) > ATTEMPTS and begun[-1].epochs == begun[-1 - ATTEMPTS].epochs:
            return Outcome(status="failed", reason=f"its process ended {ATTEMPTS} times before another epoch did")
        earlier = self.tried.get(self._key(trial_id))
        return self.outcomes[earlier].model_copy(update={"repeats": earlier, "seconds": 0.0}) if earlier else None

    def _key(self, trial_id: str) -> str:
        drawn = self.begun[trial_id][0].values
        return repr((self.plan.values(drawn), drawn.get(EPOCHS)))

    def _end(self, trial_id: str, outcome: Outcome) -> None:
        self.outcomes[trial_id] = outcome
        self.tried.setdefault(self._key(trial_id), trial_id)
        if trial_id in self._retry_queue:
            self._retry_queue.remove(trial_id)
        score = self.penalty() if outcome.score is None else outcome.score
        trial = self.trials[trial_id]
        trial.status = TrialStatus.FAILED if score is None else TrialStatus.COMPLETED
        if score is not None:
            self.update_trial(trial_id, {self.plan.objective: score})
        super().end_trial(trial)

    def _replay(self) -> None:
        """Live through the journal again. What was under way at its end is given to the next who ask."""
        for event in self.journal.events():
            if isinstance(event, Ended):
                self._end(event.trial, event.outcome)
            elif event.trial in self.trials:
                self._again(event)
            else:
                self._told = event
                super().create_trial(event.worker)
                self._told = None
                self.begun[event.trial] = [event]
        self._retry_queue = [trial.trial_id for trial in reversed(self.ongoing_trials.values())]
        self.ongoing_trials.clear()
        self.tuner_ids.clear()

    def _again(self, event: Begun) -> None:
        trial = self.trials[event.trial]
        for worker in [worker for worker, other in self.ongoing_trials.items() if other is trial]:
            del self.ongoing_trials[worker]
        self.ongoing_trials[event.worker] = trial
        self.begun[event.trial].append(event)


class Grid(Recorded):
    """Every combination, the last field of the space changing fastest.

    Keras Tuner's own waits for a trial to end before it proposes the next: many workers would wait for one.
    """

    def populate_space(self, trial_id: str) -> dict[str, Any]:  # noqa: ARG002 - Keras Tuner's signature
        """The combination of this number."""
        choices = [(field.name, list(field.values)) for field in self.hyperparameters.space]
        sizes, number = [len(values) for _, values in choices], len(self.trials)
        if number >= math.prod(sizes):
            return {"status": TrialStatus.STOPPED}
        places = np.unravel_index(number, sizes)
        values = {name: values[place] for (name, values), place in zip(choices, places, strict=True)}
        return {"status": TrialStatus.RUNNING, "values": values}


class Random(Recorded, keras_tuner.oracles.RandomSearchOracle):  # type: ignore[misc] # as above
    """Every draw by itself."""


class Bayesian(Recorded, keras_tuner.oracles.BayesianOptimizationOracle):  # type: ignore[misc] # as above
    """Draws at first, then where a Gaussian process of the scores promises most."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Draws of its own begin anew each time, so that a proposal depends on the trials before it alone."""
        self._random_state = np.random.RandomState(self.seed + len(self.trials))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # few trials leave its length scale open: no matter
            proposed: dict[str, Any] = super().populate_space(trial_id)
        return proposed

    def proposes_from_trials_alone(self) -> bool:
        """When the Gaussian process, which takes seconds, has taken over from the draws."""
        completed = [trial for trial in self.trials.values() if trial.status == TrialStatus.COMPLETED]
        return len(completed) >= int(self.num_initial_points)

    def penalty(self) -> float | None:
        """The worst score so far: a Gaussian process that hears of no failure proposes it again and again."""
        scores = [outcome.score for outcome in self.outcomes.values() if outcome.score is not None]
        return (min(scores) if self.plan.direction == "max" else max(scores)) if scores else None


class Hyperband(Recorded, keras_tuner.oracles.HyperbandOracle):  # type: ignore[misc] # as above
    """Many draws of few epochs, the best of them again with more (Li et al. 2018)."""

    def penalty(self) -> float | None:
        """Worse than all: a round that waits for a failed trial's score would let nobody into the next."""
        return -math.inf if self.plan.direction == "max" else math.inf


def oracle(plan: Plan, journal: Journal, limits: Limits, tell: Tell) -> Recorded:
    """The oracle of a plan, as far as its journal has come."""
    if plan.method == "grid":
        return Grid(plan, journal, limits, tell)
    if plan.method == "random":
        return Random(plan, journal, limits, tell, max_trials=None)
    if plan.method == "bayesian":
        points = 2 * len(plan.search.space) + 1
        return Bayesian(plan, journal, limits, tell, max_trials=None, num_initial_points=points)
    epochs = budget.total(plan.config)
    return Hyperband(
        plan, journal, limits, tell, max_epochs=epochs, factor=plan.factor, hyperband_iterations=plan.iterations
    )


def hyperparameters(plan: Plan) -> keras_tuner.HyperParameters:
    """The space as Keras Tuner knows it, with the plan's fingerprint, by which chief and worker know each other."""
    space = keras_tuner.HyperParameters()
    space.Fixed(SEARCH, plan.fingerprint)
    for path, dimension in plan.drawn_from.space.items():
        if isinstance(dimension, Choice):
            space.Choice(path, list(range(len(dimension.values))), ordered=dimension.ordered)
        elif isinstance(dimension, Integers):
            space.Int(path, dimension.low, dimension.high, step=dimension.step)
        else:
            sampling = "log" if isinstance(dimension, LogUniform) else "linear"
            space.Float(path, dimension.low, dimension.high, sampling=sampling)
    return space
