"""The learning rate of a phase, batch by batch."""

import math

import keras
from keras import ops

from training.options.fit import Phase

START = 0.01
"""Share of the highest learning rate at which a warm-up begins."""
RISE = 0.3
"""Share of a one-cycle phase in which the learning rate rises (Smith & Topin 2019, and fastai's default)."""
ONE_CYCLE_START = 0.04
"""Share of the highest learning rate at which a one-cycle phase begins."""


class PhaseSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc] # Keras ships no types
    """The schedules of `training.options.fit.Phase`, over the batches of one phase."""

    def __init__(self, phase: Phase, batches: int) -> None:
        """`batches` an epoch. A warm-up is rounded to whole batches."""
        self.phase, self.batches = phase, batches
        self.steps = batches * phase.epochs
        self.rise = round(self.steps * RISE if phase.schedule == "one_cycle" else batches * phase.warmup_epochs)

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Learning rate, a scalar, of the batch `step`, counted from the phase's first."""
        at = ops.cast(step, "float32")
        rising, falling = at / max(1, self.rise), (at - self.rise) / max(1, self.steps - self.rise)
        share = ops.where(at < self.rise, self._up(rising), self._down(ops.minimum(falling, 1.0)))
        return self.phase.learning_rate * share

    def _up(self, share: keras.KerasTensor) -> keras.KerasTensor:
        if self.phase.schedule == "one_cycle":
            return ONE_CYCLE_START + (1 - ONE_CYCLE_START) * (1 - ops.cos(math.pi * share)) / 2
        return START + (1 - START) * share

    def _down(self, share: keras.KerasTensor) -> keras.KerasTensor:
        return ops.ones_like(share) if self.phase.schedule == "constant" else (1 + ops.cos(math.pi * share)) / 2

    def get_config(self) -> dict[str, object]:
        """What rebuilds the schedule."""
        return {"phase": self.phase.model_dump(), "batches": self.batches}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> "PhaseSchedule":
        """Rebuild what `get_config` told."""
        return cls(Phase.model_validate(config["phase"]), int(str(config["batches"])))
