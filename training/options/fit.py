"""Options of fitting: phases and schedules, optimizer, loss and penalties, when to stop, on what hardware."""

from typing import Literal, Self

from pydantic import Field, model_validator

from training.options.part import Part

LossKind = Literal["logit_adjusted", "cross_entropy", "class_balanced", "focal"]


class Phase(Part):
    """A stretch of training with one choice of trainable layers and one schedule of the learning rate."""

    epochs: int = Field(ge=1)
    learning_rate: float = Field(gt=0, description="The highest of the schedule.")
    train: Literal["all", "head"] | float = Field(
        "all",
        description="`all`, `head` (all but the backbone), or the share of the backbone that trains, from its end.",
    )
    warmup_epochs: float = Field(0, ge=0, description="Linear, from a hundredth of the learning rate.")
    schedule: Literal["cosine", "one_cycle", "constant"] = Field(
        "cosine",
        description=(
            "After the warm-up: `cosine` falls to nothing; `one_cycle` rises for the first 30 % of the phase and falls "
            "to nothing, both by cosine (Smith & Topin 2019; it is its own warm-up); `constant` stays."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if isinstance(self.train, float) and not 0 < self.train <= 1:
            raise ValueError(f"The share of the backbone that trains is above 0 and at most 1. Received {self.train}.")
        if self.schedule == "one_cycle" and self.warmup_epochs:
            raise ValueError("A one_cycle schedule is its own warm-up: leave warmup_epochs at 0.")
        if self.warmup_epochs > self.epochs:
            raise ValueError(f"The warm-up ({self.warmup_epochs} epochs) is longer than its phase ({self.epochs}).")
        return self


class Loss(Part):
    """What is minimized, before penalties."""

    kind: LossKind = Field(
        "logit_adjusted",
        description=(
            "`logit_adjusted` (Menon et al. 2021), `cross_entropy` as it is, `class_balanced` (weights by the "
            "effective number of images, Cui et al. 2019), `focal` (Lin et al. 2017)."
        ),
    )
    gamma: float = Field(2.0, ge=0, description="`focal`: how much easy examples count less.")
    beta: float = Field(0.999, ge=0, lt=1, description="`class_balanced`: 0 weighs all alike, towards 1 by 1/count.")
    label_smoothing: float = Field(0.0, ge=0, lt=1)


class Fit(Part):
    """How the weights are found."""

    phases: tuple[Phase, ...] = Field(min_length=1)
    loss: Loss = Loss()
    optimizer: Literal["adamw", "sgd", "lion"] = Field("adamw", description="`sgd`: Nesterov momentum 0.9.")
    weight_decay: float = Field(1e-4, ge=0, description="Decoupled from the gradient; kernels only.")
    l1: float = Field(0.0, ge=0, description="Added to the loss: this times the sum of all kernels' absolute values.")
    l2: float = Field(0.0, ge=0, description="Added to the loss: this times the sum of all kernels' squares.")
    clip_norm: float | None = Field(None, gt=0, description="Longest gradient, over all weights together.")
    accumulate: int = Field(1, ge=1, description="Batches whose gradients are averaged before one update.")
    average: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Validate and keep an exponential moving average of the weights, of this momentum.",
    )
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = Field(
        "float32", description="Mixed: computed in 16 bits, weights kept and saved in 32. For GPUs."
    )
    monitor: Literal["balanced_accuracy", "loss"] = Field(
        "balanced_accuracy", description="What decides, on validation, which epoch is best and when to stop."
    )
    patience: int = Field(5, ge=1, description="Epochs of a phase without anything better before it is stopped.")
    distribution: Literal["none", "data_parallel"] = Field(
        "none", description="`data_parallel`: each batch is shared out over all devices (JAX backend)."
    )
    tensorboard: bool = Field(default=False, description="Also write logs for TensorBoard into the run's tensorboard/.")
