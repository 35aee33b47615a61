"""The metric that counts, while training. Keras 3 operations only."""

import keras
from keras import ops

from training.losses import check, pair


def metrics(outputs: int) -> list[keras.metrics.Metric]:
    """What fit tells beside the loss, for a model of that many logits."""
    return [keras.metrics.MeanMetricWrapper(right, name="accuracy"), BalancedAccuracy(max(outputs, 2))]


@keras.saving.register_keras_serializable(package="dermserve")  # type: ignore[untyped-decorator] # no types
def right(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """1 where the largest of the logits (N, C) is that of the target, else 0: float32 (N,); (N, 1) is read as two."""
    targets, logits = pair(y_true, y_pred)
    return ops.cast(ops.equal(ops.argmax(targets, -1), ops.argmax(logits, -1)), "float32")


@keras.saving.register_keras_serializable(package="dermserve")
class BalancedAccuracy(keras.metrics.Metric):  # type: ignore[misc] # Keras ships no types
    """Mean recall over the categories seen: the score of ISIC 2019."""

    def __init__(self, classes: int, name: str = "balanced_accuracy") -> None:
        """`classes`: C, 2 for a single logit."""
        super().__init__(name=name)
        self.classes = classes
        self.hits = self.add_weight(shape=(classes,), initializer="zeros", name="hits")
        self.seen = self.add_weight(shape=(classes,), initializer="zeros", name="seen")

    def update_state(
        self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor, sample_weight: keras.KerasTensor | None = None
    ) -> None:
        """Count a batch: targets (N, C), of which the largest counts, against logits (N, C); or (N, 1) for two.

        An image of weight w (N,) counts as w images.
        """
        check(y_true, y_pred, self.classes)
        targets, logits = pair(y_true, y_pred)
        answer = ops.argmax(targets, -1)
        truth = ops.one_hot(answer, self.classes)
        if sample_weight is not None:
            truth = truth * ops.reshape(ops.cast(sample_weight, truth.dtype), (-1, 1))
        right = ops.equal(answer, ops.argmax(logits, -1))
        self.seen.assign_add(ops.sum(truth, 0))
        self.hits.assign_add(ops.sum(truth * ops.cast(right, truth.dtype)[:, None], 0))

    def result(self) -> keras.KerasTensor:
        """Scalar in 0…1."""
        known = ops.cast(self.seen > 0, "float32")
        recall = self.hits / ops.maximum(self.seen, 1e-7)
        return ops.sum(recall) / ops.maximum(ops.sum(known), 1)

    def get_config(self) -> dict[str, object]:
        """What rebuilds the metric."""
        return {"classes": self.classes, "name": self.name}
