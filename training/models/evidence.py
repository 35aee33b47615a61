"""The head that explains itself: the answer is a sum, and its terms are the explanation.

    logits = bias + mean over positions (evidence) + sum over columns (contributions)

`evidence` (N, h, w, C) is a linear classifier at every position of the last feature map; `contributions` (N, K, C) is
the linear effect of each metadata column. Because a mean of linear maps is a linear map of the mean, the evidence alone
is exactly global average pooling and a dense layer, as ResNet ends: nothing is given up for the explanation.
"""

import keras

EVIDENCE = "evidence"
CONTRIBUTIONS = "contributions"
LOGITS = "logits"


@keras.saving.register_keras_serializable(package="dermserve")
class ColumnEffects(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """Linear effect of every metadata column on every class: (N, K) to (N, K, C). Zero at the start."""

    def __init__(self, classes: int, **kwargs: object) -> None:
        """`classes`: C."""
        super().__init__(**kwargs)
        self.classes = classes

    def build(self, input_shape: tuple[int | None, int]) -> None:
        """Create the (K, C) kernel."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.classes), initializer="zeros", name="kernel")

    def call(self, facts: keras.KerasTensor) -> keras.KerasTensor:
        """(N, K) to (N, K, C)."""
        return keras.ops.expand_dims(facts, 2) * self.kernel

    def get_config(self) -> dict[str, object]:
        """What rebuilds the layer."""
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable(package="dermserve")
class AdditiveLogits(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """Bias + mean of the evidence over positions [+ sum of the contributions over columns]."""

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Create the bias (C,)."""
        self.bias = self.add_weight(shape=(input_shape[0][-1],), initializer="zeros", name="bias")

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        """[(N, h, w, C)[, (N, K, C)]] to (N, C)."""
        evidence, *contributions = inputs
        logits = keras.ops.mean(evidence, axis=(1, 2)) + self.bias
        return logits + keras.ops.sum(contributions[0], axis=1) if contributions else logits


def additive(features: keras.KerasTensor, facts: keras.KerasTensor | None, classes: int) -> keras.KerasTensor:
    """(N, h, w, D) and metadata (N, K), or none, to logits (N, C).

    In 32 bits under any policy: in 16, a softmax over logits loses the small probabilities.
    """
    evidence = keras.layers.Conv2D(classes, 1, use_bias=False, dtype="float32", name=EVIDENCE)(features)
    terms = [evidence]
    if facts is not None:
        terms.append(ColumnEffects(classes, dtype="float32", name=CONTRIBUTIONS)(facts))
    return AdditiveLogits(dtype="float32", name=LOGITS)(terms)
