"""What a run keeps while it trains: the best and the last model, and the whole state to go on from.

    best.keras  last.keras    the model, without what it was wrapped in
    state.npz                 phase, epoch and every variable of learner and optimizer, seeds and averages included

The state is written last, when an epoch's row and models are on disk. Killed in between, the run goes on from the state
before and makes that epoch again, the same.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import keras
import numpy as np
import numpy.typing as npt

from lesion.manifest import sha256
from training.config import Config
from training.errors import InvalidData
from training.history import Row, best, monitored
from training.options.fit import Fit

BEST_FILE, LAST_FILE, STATE_FILE = "best.keras", "last.keras", "state.npz"


@dataclass(frozen=True)
class State:
    """Where a run stands: `epochs` have ended, and `phase`, whose first epoch is `first`, has `begun` or not."""

    phase: int
    first: int
    epochs: int
    begun: bool
    identity: str
    values: tuple[npt.NDArray[np.generic], ...]

    def write(self, run: Path) -> None:
        """Write state.npz, aside and renamed: there is always a whole one."""
        aside = run / f"aside-{STATE_FILE}"
        names = {f"{place:06d}": value for place, value in enumerate(self.values)}
        at, identity = np.array([self.phase, self.first, self.epochs, self.begun]), np.array(self.identity)
        np.savez(aside, allow_pickle=False, at=at, identity=identity, **names)
        aside.replace(run / STATE_FILE)

    @classmethod
    def read(cls, run: Path) -> "State | None":
        """The state of a run, None where it has none. Raises `InvalidData` on a file that is damaged."""
        if not (run / STATE_FILE).is_file():
            return None
        try:
            with (run / STATE_FILE).open("rb") as file, np.load(file) as arrays:
                phase, first, epochs, begun = (int(value) for value in arrays["at"])
                values = tuple(arrays[name] for name in arrays.files if name not in {"at", "identity"})
                return cls(phase, first, epochs, bool(begun), str(arrays["identity"]), values)
        except (BadZipFile, EOFError, KeyError, ValueError) as error:
            raise InvalidData(
                f"{run / STATE_FILE} is damaged ({error}): the run cannot go on. Train it anew under another name."
            ) from error


def identity(config: Config, runs: Path) -> str:
    """What a state belongs to: every option of its run, and the weights of the runs that it learns from."""
    weights = [sha256(path) for name in config.ancestors if (path := runs / name / BEST_FILE).is_file()]
    return hashlib.sha256("".join([config.model_dump_json(), *weights]).encode()).hexdigest()


def within(learner: keras.Model, start: State, epochs: int) -> State:
    """Within the phase of `start`: all variables of a learner and its optimizer."""
    values = _values([*learner.variables, *learner.optimizer.variables])
    return replace(start, epochs=epochs, begun=True, values=values)


def after(learner: keras.Model, start: State, epochs: int) -> State:
    """After the phase of `start`: the learner's variables alone, for every phase has an optimizer of its own."""
    values = _values(learner.variables)
    return replace(start, phase=start.phase + 1, first=epochs, epochs=epochs, begun=False, values=values)


def _values(variables: list[keras.Variable]) -> tuple[npt.NDArray[np.generic], ...]:
    return tuple(np.array(keras.ops.convert_to_numpy(variable)) for variable in variables)


def restore(state: State, learner: keras.Model) -> None:
    """Give the variables back. Raises `InvalidData` when they are not those of this learner."""
    if state.begun:
        learner.optimizer.build(learner.trainable_variables)
    variables = [*learner.variables, *(learner.optimizer.variables if state.begun else [])]
    shapes = [tuple(value.shape) for value in variables]
    received = [value.shape for value in state.values]
    if shapes != received:
        raise InvalidData(
            f"{STATE_FILE} is of another model or optimizer: was the run's config changed? Expected {len(shapes)} "
            f"variables of certain shapes. Received {len(received)}, or other shapes."
        )
    for variable, value in zip(variables, state.values, strict=True):
        variable.assign(value)


class Checkpoint(keras.callbacks.ModelCheckpoint):  # type: ignore[misc] # Keras ships no types
    """Keeps the model itself, whatever it is wrapped in while it trains."""

    def __init__(self, kept: keras.Model, path: Path, **options: object) -> None:
        super().__init__(path, **options)
        self.kept = kept

    @property
    def model(self) -> keras.Model:
        """The model to keep."""
        _ = super().model  # on JAX, asking for it brings the trained weights back
        return self.kept


def best_and_last(kept: keras.Model, run: Path, rows: list[Row], options: Fit) -> list[Checkpoint]:
    """Callbacks that keep the best model so far, given the rows so far, and the last one."""
    column, mode = monitored(options)
    leader = best(rows, options)
    threshold = None if leader is None else leader[column]
    return [
        Checkpoint(
            kept, run / BEST_FILE, monitor=column, mode=mode, save_best_only=True, initial_value_threshold=threshold
        ),
        Checkpoint(kept, run / LAST_FILE),
    ]


class KeepState(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Writes the state when the next epoch begins: averages of weights have then been swapped back."""

    def __init__(self, run: Path, state: State) -> None:
        """`state`: where this call of fit begins."""
        super().__init__()
        self.run, self.start = run, state

    def on_epoch_begin(self, epoch: int, _logs: object = None) -> None:
        """See the class."""
        if epoch > self.start.epochs:
            within(self.model, self.start, epoch).write(self.run)
