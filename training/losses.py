"""Losses for unequal categories. Keras 3 operations only.

All take targets (N, C), shares of the categories, and logits (N, C), and give losses (N,). One logit (N, 1) says
malignant or not: it is read as the two logits (0, z), so every formula below holds for it too.
"""

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from training.options.fit import Loss

WEIGHTED_MEAN = "mean_with_sample_weight"
"""Of images that weigh nothing, as those that fill up a batch for several devices, nothing is left in the loss."""
SMALLEST_SHARE = 1e-6
"""Of a category that is never drawn."""


def loss(options: Loss, shares: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> keras.losses.Loss:
    """The configured loss, for batches drawn with these shares from that many images of each category."""
    given, smoothing = [float(share) for share in shares], options.label_smoothing
    if options.kind == "logit_adjusted":
        return LogitAdjusted(given, smoothing)
    if options.kind == "focal":
        return Focal(options.gamma, len(given), smoothing)
    weights = effective_weights(counts, options.beta) if options.kind == "class_balanced" else [1.0] * len(given)
    return CrossEntropy(weights, smoothing)


def effective_weights(counts: npt.NDArray[np.int64], beta: float) -> list[float]:
    """Weights (C,) by the effective number of images, (1 − β) / (1 − β^n), their mean over the images 1.

    Cui et al., "Class-balanced loss based on effective number of samples", CVPR 2019. A category without images gets 0.
    """
    counts = np.asarray(counts, np.float64)
    weights = np.where(counts > 0, (1 - beta) / np.maximum(1 - beta**counts, 1e-12), 0.0)
    return [float(weight) for weight in weights * counts.sum() / (weights * counts).sum()]


class Categorical(keras.losses.Loss):  # type: ignore[misc] # Keras ships no types
    """A loss over C ≥ 2 categories, or one logit for two."""

    def __init__(self, classes: int, label_smoothing: float, name: str = "loss") -> None:
        """`classes`: C, 2 for a single logit."""
        super().__init__(name=name, reduction=WEIGHTED_MEAN)
        self.classes, self.label_smoothing = classes, label_smoothing

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Targets and logits (N, C), or (N, 1), to losses (N,)."""
        check(y_true, y_pred, self.classes)
        return self.of(*pair(y_true, y_pred))

    def of(self, targets: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        """Targets and logits (N, C) to losses (N,)."""
        raise NotImplementedError

    def smoothed(self, targets: keras.KerasTensor) -> keras.KerasTensor:
        """Targets moved towards equal parts by the smoothing."""
        return (1 - self.label_smoothing) * targets + self.label_smoothing / self.classes


@keras.saving.register_keras_serializable(package="dermserve")
class LogitAdjusted(Categorical):
    """Cross-entropy on logits + log class share (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021).

    The shares are those of the drawn batches. What the model learns is then free of them: its plain argmax is the rule
    that maximizes balanced accuracy, and its softmax is the answer for categories equally frequent.
    """

    def __init__(self, class_shares: list[float], label_smoothing: float = 0.0, name: str = "loss") -> None:
        """`class_shares` (C,) sums to 1. A category never drawn gets a share of 1e-6."""
        super().__init__(len(class_shares), label_smoothing, name)
        self.class_shares = class_shares
        self.offset = np.log(np.maximum(class_shares, SMALLEST_SHARE)).astype("float32")

    def of(self, targets: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        return ops.categorical_crossentropy(self.smoothed(targets), logits + self.offset, from_logits=True)

    def smoothed(self, targets: keras.KerasTensor) -> keras.KerasTensor:
        """Towards the shares: towards equal parts, a category would gain by being rare in the batches, and one that
        never occurs would win everywhere.
        """
        return (1 - self.label_smoothing) * targets + self.label_smoothing * ops.exp(self.offset)

    def get_config(self) -> dict[str, object]:
        """What rebuilds the loss."""
        return {"class_shares": self.class_shares, "label_smoothing": self.label_smoothing, "name": self.name}


@keras.saving.register_keras_serializable(package="dermserve")
class CrossEntropy(Categorical):
    """Cross-entropy, each image weighing as its category does."""

    def __init__(self, weights: list[float], label_smoothing: float = 0.0, name: str = "loss") -> None:
        """`weights` (C,): all 1 is plain cross-entropy."""
        super().__init__(len(weights), label_smoothing, name)
        self.weights = weights

    def of(self, targets: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        """See the class. A mixed image weighs as its shares do."""
        weight = ops.sum(targets * np.asarray(self.weights, "float32"), axis=-1)
        return weight * ops.categorical_crossentropy(self.smoothed(targets), logits, from_logits=True)

    def get_config(self) -> dict[str, object]:
        """What rebuilds the loss."""
        return {"weights": self.weights, "label_smoothing": self.label_smoothing, "name": self.name}


@keras.saving.register_keras_serializable(package="dermserve")
class Focal(Categorical):
    """Σ over categories of −target (1 − p)^γ log p (Lin et al., "Focal loss for dense object detection", ICCV 2017).

    Without its α: which category counts how much is for the draw and the other losses to say.
    """

    def __init__(self, gamma: float, classes: int, label_smoothing: float = 0.0, name: str = "loss") -> None:
        """`gamma` 0 is plain cross-entropy."""
        super().__init__(classes, label_smoothing, name)
        self.gamma = gamma

    def of(self, targets: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        log_chance = ops.log_softmax(logits, axis=-1)
        # Never 0: the power's slope there is infinite below γ = 1.
        missing = ops.maximum(1 - ops.exp(log_chance), 1e-7)
        return -ops.sum(self.smoothed(targets) * missing**self.gamma * log_chance, axis=-1)

    def get_config(self) -> dict[str, object]:
        """What rebuilds the loss."""
        return {
            "gamma": self.gamma,
            "classes": self.classes,
            "label_smoothing": self.label_smoothing,
            "name": self.name,
        }


def pair(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Targets and logits (N, 1) as those of two categories (N, 2); others as they are."""
    if y_true.shape[-1] != 1:
        return y_true, y_pred
    return ops.concatenate([1 - y_true, y_true], -1), two(y_pred)


def two(logits: keras.KerasTensor) -> keras.KerasTensor:
    """One logit z (N, 1) as the logits (0, z) of two categories; others (N, C) as they are."""
    return logits if logits.shape[-1] > 1 else ops.concatenate([ops.zeros_like(logits), logits], -1)


def check(y_true: keras.KerasTensor, y_pred: keras.KerasTensor, classes: int) -> None:
    """Raises `ValueError` unless targets and logits are both (N, C), or both (N, 1) where C is 2."""
    shape, answered = tuple(y_true.shape), tuple(y_pred.shape)
    columns = 1 if classes == 2 and answered[-1] == 1 else classes
    if len(shape) != 2 or shape[1] != columns:
        raise ValueError(f"Targets are shares of the categories. Expected (N, {columns}). Received {shape}.")
