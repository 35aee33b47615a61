"""The only call to Keras's fit: phases, schedule, early stopping, checkpoints, history."""

import csv
from pathlib import Path

import keras
import numpy as np

from training import device_augment
from training.config import Config, InvalidConfig, Phase
from training.loader import feed
from training.losses import BalancedAccuracy, LogitAdjusted
from training.models.dual import BACKBONE
from training.pipeline import Batches, InOrder

BEST_FILE, LAST_FILE, HISTORY_FILE = "best.keras", "last.keras", "history.csv"
MONITOR = "val_balanced_accuracy"


def fit(model: keras.Model, batches: Batches, validation: InOrder, config: Config, run: Path) -> keras.Model:
    """Train through every phase; return the weights of the best epoch by validation balanced accuracy.

    Writes best.keras, last.keras and history.csv into `run`. Stops a phase early when `patience` epochs bring nothing
    better. Raises `FloatingPointError` on a loss that is not finite.
    """
    trained, held_out = _trained(model, config), feed(validation, 0, len(validation))
    best = _Checkpoint(model, run / BEST_FILE, monitor=MONITOR, mode="max", save_best_only=True)
    start = 0
    for phase in config.fit.phases:
        _compile(model, trained, batches, config, phase)
        # Patience counts from this phase's own epochs: the first one after unfreezing may well be a worse one.
        patience = keras.callbacks.EarlyStopping(monitor=MONITOR, mode="max", patience=config.fit.patience)
        history = trained.fit(
            feed(batches, start * len(batches)),
            steps_per_epoch=len(batches),
            shuffle=False,  # it is Keras's default, also for what comes in an order of its own
            validation_data=held_out,
            initial_epoch=start,
            epochs=start + phase.epochs,
            callbacks=[
                _StopOnNonFinite(),
                # Before the checkpoints, so that they keep what was validated.
                *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if config.fit.average else []),
                best,
                _Checkpoint(model, run / LAST_FILE),
                _History(run / HISTORY_FILE),
                patience,
            ],
        )
        start += len(history.epoch)
    return keras.saving.load_model(run / BEST_FILE)


def _trained(model: keras.Model, config: Config) -> keras.Model:
    """The model itself, or with the layers before it that draw its views on the device."""
    options = config.pipeline.augmentation
    return device_augment.wrap(model, options, config.seed) if options and options.on_device else model


def _compile(model: keras.Model, trained: keras.Model, batches: Batches, config: Config, phase: Phase) -> None:
    backbone = next((layer for layer in model.layers if layer.name == BACKBONE), None)
    if backbone is None and phase.train == "head":
        raise InvalidConfig(f"A phase trains the head alone, but {model.name} has no backbone to freeze.")
    if backbone is not None:
        backbone.trainable = phase.train == "all"
    steps = len(batches) * phase.epochs
    warmup = round(len(batches) * phase.warmup_epochs)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=phase.learning_rate / 100 if warmup else phase.learning_rate,
        warmup_target=phase.learning_rate if warmup else None,
        warmup_steps=warmup,
        decay_steps=max(1, steps - warmup),
    )
    optimizer = keras.optimizers.AdamW(
        schedule,
        weight_decay=config.fit.weight_decay,
        use_ema=config.fit.average is not None,
        ema_momentum=config.fit.average or 0.99,
    )
    # Scales, shifts and biases are few and meant to be free: decay is for kernels.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    shares = [float(share) for share in batches.class_shares]
    loss = LogitAdjusted(shares, config.fit.label_smoothing)
    # Both, so that the model is saved with the optimizer that its wrapping was trained with.
    for compiled in {id(model): model, id(trained): trained}.values():
        compiled.compile(optimizer, loss, metrics=["accuracy", BalancedAccuracy(len(shares))])


class _Checkpoint(keras.callbacks.ModelCheckpoint):  # type: ignore[misc] # Keras ships no types
    """Keeps the model itself, whatever it is wrapped in while it trains."""

    def __init__(self, kept: keras.Model, path: Path, **options: object) -> None:
        super().__init__(path, **options)
        self.kept = kept

    @property
    def model(self) -> keras.Model:
        """The model to keep."""
        _ = super().model  # on JAX, asking for it brings the trained weights back
        return self.kept


class _History(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """A row an epoch, on disk as soon as the epoch ends, across phases."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        row = {"epoch": epoch, **{name: float(value) for name, value in (logs or {}).items()}}
        first = not self.path.exists()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(row))
            if first:
                table.writeheader()
            table.writerow(row)


class _StopOnNonFinite(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if not np.isfinite((logs or {}).get("loss", np.nan)):
            raise FloatingPointError(f"The loss is not finite at batch {batch} of the epoch.")
