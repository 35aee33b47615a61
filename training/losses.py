"""Losses and the metric that counts. Keras 3 operations only."""

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="dermserve")
class LogitAdjusted(keras.losses.Loss):  # type: ignore[misc] # Keras ships no types
    """Cross-entropy on logits + log class share (Menon et al., "Long-tail learning via logit adjustment", ICLR 2021).

    The shares are those of the drawn batches. What the model learns is then free of them: its plain argmax is the rule
    that maximizes balanced accuracy, and its softmax is the answer for categories equally frequent.
    """

    def __init__(self, class_shares: list[float], label_smoothing: float = 0.0, name: str = "loss") -> None:
        """`class_shares` (C,) sums to 1. A category never drawn gets a share of 1e-6."""
        super().__init__(name=name)
        self.class_shares, self.label_smoothing = class_shares, label_smoothing
        self.offset = np.log(np.maximum(class_shares, 1e-6)).astype("float32")

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Targets (N, C), shares of the categories, and logits (N, C) to losses (N,)."""
        _check(y_true, len(self.class_shares))
        # Smoothed towards the shares: towards equal parts, a category would gain by being rare in the batches, and one
        # that never occurs would win everywhere.
        truth = (1 - self.label_smoothing) * y_true + self.label_smoothing * keras.ops.exp(self.offset)
        return keras.losses.categorical_crossentropy(truth, y_pred + self.offset, from_logits=True)

    def get_config(self) -> dict[str, object]:
        """What rebuilds the loss."""
        return {"class_shares": self.class_shares, "label_smoothing": self.label_smoothing, "name": self.name}


@keras.saving.register_keras_serializable(package="dermserve")
class BalancedAccuracy(keras.metrics.Metric):  # type: ignore[misc] # Keras ships no types
    """Mean recall over the categories seen: the score of ISIC 2019."""

    def __init__(self, classes: int, name: str = "balanced_accuracy") -> None:
        """`classes`: C."""
        super().__init__(name=name)
        self.classes = classes
        self.hits = self.add_weight(shape=(classes,), initializer="zeros", name="hits")
        self.seen = self.add_weight(shape=(classes,), initializer="zeros", name="seen")

    def update_state(
        self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor, sample_weight: keras.KerasTensor | None = None
    ) -> None:
        """Count a batch: targets (N, C), of which the largest counts, against logits (N, C).

        Weights are refused: they have no meaning here.
        """
        if sample_weight is not None:
            raise ValueError("BalancedAccuracy takes no sample weights.")
        _check(y_true, self.classes)
        answer = keras.ops.argmax(y_true, -1)
        truth = keras.ops.one_hot(answer, self.classes)
        right = keras.ops.equal(answer, keras.ops.argmax(y_pred, -1))
        self.seen.assign_add(keras.ops.sum(truth, 0))
        self.hits.assign_add(keras.ops.sum(truth * keras.ops.cast(right, truth.dtype)[:, None], 0))

    def result(self) -> keras.KerasTensor:
        """Scalar in 0…1."""
        known = keras.ops.cast(self.seen > 0, "float32")
        recall = self.hits / keras.ops.maximum(self.seen, 1)
        return keras.ops.sum(recall) / keras.ops.maximum(keras.ops.sum(known), 1)

    def get_config(self) -> dict[str, object]:
        """What rebuilds the metric."""
        return {"classes": self.classes, "name": self.name}


def _check(y_true: keras.KerasTensor, classes: int) -> None:
    shape = tuple(y_true.shape)
    if len(shape) != 2 or shape[1] != classes:
        raise ValueError(f"Targets are shares of the categories. Expected (N, {classes}). Received {shape}.")
