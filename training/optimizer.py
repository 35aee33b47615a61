"""Optimizer and penalties of a phase, and which layers it trains."""

import keras

from training.config import InvalidConfig
from training.models.dual import BACKBONE
from training.options.fit import Fit, Phase
from training.schedule import PhaseSchedule


def optimizer(options: Fit, phase: Phase, batches: int, model: keras.Model) -> keras.optimizers.Optimizer:
    """The optimizer of a phase of so many batches an epoch. Weights that are no kernels of the model do not decay."""
    shared = {
        "learning_rate": PhaseSchedule(phase, batches),
        "weight_decay": options.weight_decay or None,
        "global_clipnorm": options.clip_norm,
        "use_ema": options.average is not None,
        "ema_momentum": options.average or 0.99,
        "gradient_accumulation_steps": options.accumulate if options.accumulate > 1 else None,
    }
    built = {
        "adamw": lambda: keras.optimizers.AdamW(**{**shared, "weight_decay": options.weight_decay}),
        "sgd": lambda: keras.optimizers.SGD(momentum=0.9, nesterov=True, **shared),
        "lion": lambda: keras.optimizers.Lion(**shared),
    }[options.optimizer]()
    built.exclude_from_weight_decay(var_list=[each for each in model.trainable_variables if not _is_kernel(each)])
    return built


def penalize(model: keras.Model, l1: float, l2: float) -> None:
    """Add L1 and L2 penalties on every kernel to the model's losses. Nothing of them is saved with the model."""
    if not (l1 or l2):
        return
    for variable in model.trainable_variables:
        if _is_kernel(variable):
            variable.regularizer = keras.regularizers.L1L2(l1, l2)


def _is_kernel(variable: keras.Variable) -> bool:
    """Not scales, shifts and biases, whatever their name: they are few, and meant to be free of decay and penalties."""
    return len(variable.shape) > 1


def freeze(model: keras.Model, phase: Phase) -> None:
    """Set which layers of a model train in a phase. Raises `InvalidConfig` when it has no backbone to hold still."""
    backbone = next((layer for layer in model.layers if layer.name == BACKBONE), None)
    if backbone is None:
        if phase.train != "all":
            raise InvalidConfig(
                f"A phase trains {phase.train!r}, not all, but {model.name} has no backbone that could be frozen."
            )
        return
    backbone.trainable = phase.train != "head"
    if isinstance(phase.train, float):
        still = round(len(backbone.layers) * (1 - phase.train))
        for layer in backbone.layers[:still]:
            layer.trainable = False
