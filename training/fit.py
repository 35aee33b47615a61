"""The only call to Keras's fit: phases, schedules, early stopping, checkpoints, exact resume.

A run goes on from state.npz as if it had never stopped: batches depend on their step alone, and the state holds every
variable, those of the optimizer, of averages and of random seeds included.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training import checkpoints, history
from training.checkpoints import KeepState, State
from training.config import Config, InvalidConfig
from training.errors import InvalidData
from training.hardware import Place
from training.history import History
from training.learner import Learner
from training.loader import feed
from training.losses import loss
from training.metrics import metrics
from training.optimizer import freeze, optimizer, penalize
from training.options.fit import Phase
from training.pipeline import Batches, InOrder
from training.progress import Progress
from training.shards import Shard

TENSORBOARD_FOLDER = "tensorboard"
ALONE = Place()


def fit(
    learner: Learner, batches: Batches, validation: InOrder, config: Config, run: Path, place: Place = ALONE
) -> None:
    """Train through every phase; the best epoch is the one of the best monitored figure on validation.

    Writes best.keras, last.keras, history.csv and state.npz into `run`; goes on from that state where there is one.
    Raises `FloatingPointError` on a loss that is not finite, naming the step. Of several processes that train a run
    together all read the state, and the first one writes.
    """
    expect_trainable(learner.model, config, len(batches), place)
    penalize(learner.model, config.fit.l1, config.fit.l2)
    given, held_out = _feeds(batches, validation, place)
    progress = Progress(config.pipeline.batch_size, len(batches), sum(phase.epochs for phase in config.fit.phases))
    state = _begin(learner, config, run, place)
    for phase in config.fit.phases[state.phase :]:
        _compile(learner, batches, config, phase)
        if state.begun:
            checkpoints.restore(state, learner)
        told = learner.fit(
            given(state.epochs * len(batches)),
            steps_per_epoch=len(batches),
            shuffle=False,  # it is Keras's default, also for what comes in an order of its own
            validation_data=held_out,
            initial_epoch=state.epochs,
            epochs=state.first + phase.epochs,
            verbose=0,
            callbacks=[*_callbacks(learner, len(batches), config, run, state, place), progress],
        )
        state = checkpoints.after(learner, state, state.epochs + len(told.epoch))
        if place.leads:
            state.write(run)


def _feeds(batches: Batches, validation: InOrder, place: Place) -> tuple[Callable[[int], Any], Any]:
    """Training batches from a step on, and all of validation: cut for the devices if there are several."""
    if place.devices == 1:
        return partial(feed, batches), feed(validation, 0, len(validation))
    return partial(feed, Shard(batches, place)), feed(Shard(validation, place), 0, len(validation))


def expect_trainable(model: keras.Model, config: Config, batches: int, place: Place = ALONE) -> None:
    """Raises `InvalidConfig` when a phase cannot train this model, or could not make a single update."""
    for phase in config.fit.phases:
        freeze(model, phase)
        if config.fit.accumulate > batches * phase.epochs:
            raise InvalidConfig(
                f"A phase of {batches * phase.epochs} batches never comes to an update: accumulate is "
                f"{config.fit.accumulate}."
            )
    if config.pipeline.batch_size % place.devices:
        raise InvalidConfig(
            f"A batch of {config.pipeline.batch_size} cannot be shared out evenly over {place.devices} devices. "
            "Expected a pipeline.batch_size that can."
        )


def _begin(learner: Learner, config: Config, run: Path, place: Place) -> State:
    """Where to go on. What history.csv tells of later epochs is dropped: they are made again.

    Raises `InvalidData` when the run's options, teachers or initial weights are not those it began with.
    """
    identity = checkpoints.identity(config, run.parent)
    state = State.read(run) or State(phase=0, first=0, epochs=0, begun=False, identity=identity, values=())
    rows = history.read(run)
    if state.identity != identity:
        raise InvalidData(
            f"{run} cannot go on: its config, or the weights of a run it learns from, are no longer what it began with."
        )
    if len(rows) < state.epochs:
        raise InvalidData(
            f"{run / history.HISTORY_FILE} is damaged: the run cannot go on. Expected {state.epochs} epochs. Received "
            f"{len(rows)}."
        )
    if len(rows) > state.epochs and place.leads:
        history.write(run, rows[: state.epochs])
    if state.values and not state.begun:
        checkpoints.restore(state, learner)
    return state


def _compile(learner: Learner, batches: Batches, config: Config, phase: Phase) -> None:
    freeze(learner.model, phase)
    learner.compile(
        optimizer(config.fit, phase, len(batches), learner),
        loss(config.fit.loss, batches.class_shares, batches.class_counts),
        weighted_metrics=metrics(config.outputs),
    )


def _callbacks(
    learner: Learner, batches: int, config: Config, run: Path, state: State, place: Place
) -> list[keras.callbacks.Callback]:
    options = config.fit
    rows = history.read(run)[: state.epochs]
    learning = [
        _StopOnNonFinite(batches),
        History(run if place.leads else None, options, rows, state.first),
        # Before the checkpoints, so that they keep what was validated.
        *([_Average(swap_on_epoch=True)] if options.average else []),
    ]
    if not place.leads:
        return learning
    return [
        *learning,
        KeepState(run, state),
        *checkpoints.best_and_last(learner.model, run, rows, options),
        *([keras.callbacks.TensorBoard(run / TENSORBOARD_FOLDER, write_graph=False)] if options.tensorboard else []),
    ]


class _Average(keras.callbacks.SwapEMAWeights):  # type: ignore[misc] # Keras ships no types
    """Swaps averaged weights in. A phase that is stopped early ends with them too, as one that runs out does."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        super().on_epoch_end(epoch, logs)
        if self.model.stop_training:
            self._finalize_ema_values()


class _StopOnNonFinite(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    def __init__(self, batches: int) -> None:
        super().__init__()
        self.batches, self.epoch = batches, 0

    def on_epoch_begin(self, epoch: int, _logs: object = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        value = (logs or {}).get("loss", np.nan)
        if not np.isfinite(value):
            raise FloatingPointError(
                f"The loss is {value} after step {self.epoch * self.batches + batch} (epoch {self.epoch + 1}, batch "
                f"{batch + 1} of {self.batches}). A lower learning rate, a longer warm-up or clip_norm may help."
            )
