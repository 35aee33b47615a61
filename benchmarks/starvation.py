"""Steps/s with the real pipeline over steps/s with one constant batch in memory: does the model ever wait?

One model, compiled once. Each way of feeding it runs between two runs with the constant batch, several rounds; a step
counts once the work ahead has settled. With all cores busy nothing overlaps: what the pipeline costs is then taken from
the model, and the ratio says how much. The ratio of CPU time says the same where a busy neighbor spoils the clock.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras

from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from training.config import Config
from training.loader import Stream, feed
from training.losses import LogitAdjusted
from training.metrics import BalancedAccuracy
from training.models.build import build
from training.options.model import Model
from training.options.pipeline import Augmentation
from training.pipeline import Batches
from training.recipes.smoke import CONFIG

SETTLE = 6
"""Steps before the clock: more than are ever ready ahead."""
MODELS = {
    "baseline": CONFIG.model_copy(update={"model": Model(builder="baseline"), "image": ImageSpec(size=224)}),
    "dual": CONFIG.model_copy(update={"model": Model(builder="dual"), "image": ImageSpec(size=160)}),
}


class Seconds(NamedTuple):
    """Of one step."""

    wall: float
    cpu: float


class Clock(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Times the steps after the first few."""

    def __init__(self, settle: int) -> None:
        super().__init__()
        self.settle = settle

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """See the class."""
        self.ended = (time.perf_counter(), time.process_time())
        if batch == self.settle - 1:
            self.begun = self.ended


def step_seconds(model: keras.Model, data: Any, steps: int, settle: int) -> Seconds:
    """Seconds a step, after some that do not count."""
    clock = Clock(settle)
    model.fit(data, steps_per_epoch=settle + steps, shuffle=False, verbose=0, callbacks=[clock])
    wall, cpu = (end - begin for begin, end in zip(clock.begun, clock.ended, strict=True))
    return Seconds(wall / steps, cpu / steps)


def compiled(config: Config) -> keras.Model:
    """The model as `training.fit` compiles it, for even shares, with random weights."""
    model = build(config, Path(), Path())
    loss = LogitAdjusted([1 / len(CODES)] * len(CODES))
    model.compile(keras.optimizers.AdamW(1e-4), loss, metrics=["accuracy", BalancedAccuracy(len(CODES))])
    return model


def measure(
    config: Config, batches: Callable[[Augmentation | None], Batches], steps: int, rounds: int, views: Augmentation
) -> dict[str, object]:
    """Steps/s and CPU with the pipeline over those with the constant batch; medians over the rounds."""
    import tensorflow as tf  # noqa: PLC0415 - after Keras has chosen its backend

    model, plain, augmented = compiled(config), batches(None), batches(views)
    (inputs, targets) = plain.batch(0)
    ways: dict[str, Callable[[], Any]] = {
        "pipeline": lambda: feed(plain, 0),
        "pipeline as PyDataset": lambda: Stream(plain, 0),
        "pipeline with augmentation": lambda: feed(augmented, 0),
    }

    def constant() -> Seconds:
        return step_seconds(model, tf.data.Dataset.from_tensors((inputs, targets)).repeat(), steps, settle=1)

    constant()  # compiles
    alone, ratios = [constant()], {name: list[tuple[float, float]]() for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            fed = step_seconds(model, way(), steps, SETTLE)
            alone.append(constant())
            before, after = alone[-2:]
            ratios[name].append(((before.wall + after.wall) / 2 / fed.wall, 2 * fed.cpu / (before.cpu + after.cpu)))
    result: dict[str, object] = {
        "model": config.model.builder,
        "pixels": config.image.size,
        "constant_steps_per_s": round(1 / statistics.median(seconds.wall for seconds in alone), 2),
        "constant_cpu_s_per_step": round(statistics.median(seconds.cpu for seconds in alone), 3),
    }
    for name, pairs in ratios.items():
        speeds, costs = zip(*pairs, strict=True)
        result[f"{name}: steps/s over constant"] = round(statistics.median(speeds), 3)
        result[f"{name}: CPU over constant"] = round(statistics.median(costs), 3)
    return result
