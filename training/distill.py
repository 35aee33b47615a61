"""Knowledge distillation: a student learns from the answers of trained teachers besides the labels.

    loss = (1 − soft) · the configured loss + soft · T² · KL(teachers / T ‖ student / T) + features · distance of maps

Hinton, Vinyals & Dean, "Distilling the knowledge in a neural network" (2015): answers are softened by a temperature T,
and T² keeps the share of the two parts whatever T is. Feature maps: Romero et al., "FitNets" (2015). Teachers see the
very view that the student sees, however it was drawn (Beyer et al., "Knowledge distillation: a good teacher is patient
and consistent", 2022). Every part weighs the images as the batch says. Validation tells the configured loss alone, so
it compares with runs that had no teacher.

Not here: Keras's own Distiller, which ignores sample weights and shows the teacher another view.
"""

from collections.abc import Sequence

import keras
from keras import ops

from training.learner import Learner, Tensors
from training.losses import WEIGHTED_MEAN, two
from training.options.distillation import Distillation
from training.teachers import Panel, reader

Answers = dict[str, keras.KerasTensor]


class Distiller(Learner):
    """Learns from labels and teachers. Kept, exported and served is the student, `model`."""

    def __init__(
        self, model: keras.Model, views: keras.Model | None, teachers: Sequence[keras.Model], options: Distillation
    ) -> None:
        """`teachers` have the student's categories and metadata; images of another size are resized for them."""
        super().__init__(model, views)
        self.options, self.panel = options, Panel(teachers)
        self.softened, self.apart = Softened(options.temperature), Apart()
        self.reader = reader(model)
        self.projections = [self._projection(channels) for *_, channels in self.panel.maps] if options.features else []

    def call(self, inputs: Tensors, training: bool | None = None) -> keras.KerasTensor | Answers:  # noqa: FBT001
        """Logits (N, C); in training, the teachers' and all feature maps too."""
        seen = self.view(inputs, training=training)
        if not training:
            return self.model(seen, training=False)
        logits, features = self.reader(seen, training=True)
        taught, maps = self.panel.answers(seen)
        answers = {"logits": logits, "taught": taught}
        for place, projection in enumerate(self.projections):
            answers |= {f"features {place}": projection(features), f"taught features {place}": maps[place]}
        return answers

    def compute_loss(
        self,
        x: Tensors | None = None,
        y: keras.KerasTensor | None = None,
        y_pred: keras.KerasTensor | Answers | None = None,
        sample_weight: keras.KerasTensor | None = None,
        training: bool = True,  # noqa: FBT001, FBT002 - Keras's own
    ) -> keras.KerasTensor:
        """The sum above and the model's penalties; outside of training, the configured loss and penalties."""
        if not isinstance(y_pred, dict):
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        logits = y_pred["logits"]
        total = super().compute_loss(x, y, logits, sample_weight, training)
        labels, teachers = self.loss(y, logits, sample_weight), self.softened(y_pred["taught"], logits, sample_weight)
        total = total + self.options.soft * (teachers - labels)
        for place in range(len(self.projections)):
            maps = y_pred[f"taught features {place}"], y_pred[f"features {place}"]
            total = total + self.options.features / len(self.projections) * self.apart(*maps, sample_weight)
        return total

    def compute_metrics(
        self,
        x: Tensors,
        y: keras.KerasTensor,
        y_pred: keras.KerasTensor | Answers,
        sample_weight: keras.KerasTensor | None = None,
    ) -> dict[str, keras.KerasTensor]:
        """Of the student's logits."""
        logits = y_pred["logits"] if isinstance(y_pred, dict) else y_pred
        metrics: dict[str, keras.KerasTensor] = super().compute_metrics(x, y, logits, sample_weight)
        return metrics

    def _projection(self, channels: int) -> keras.layers.Layer:
        """From the student's channels to a teacher's. It is trained, and not kept."""
        layer = keras.layers.Conv2D(channels, 1, dtype="float32")
        layer.build(self.reader.outputs[1].shape)
        return layer


class Softened(keras.losses.Loss):  # type: ignore[misc] # Keras ships no types
    """T² · KL divergence of a student from its teachers, both softened by T; one logit is read as two categories."""

    def __init__(self, temperature: float, name: str = "softened") -> None:
        """`temperature`: T."""
        super().__init__(name=name, reduction=WEIGHTED_MEAN)
        self.temperature = temperature

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """The teachers' and the student's logits (N, C) to losses (N,)."""
        taught, said = (ops.log_softmax(two(logits) / self.temperature, axis=-1) for logits in (y_true, y_pred))
        return self.temperature**2 * ops.sum(ops.exp(taught) * (taught - said), axis=-1)


class Apart(keras.losses.Loss):  # type: ignore[misc] # Keras ships no types
    """Squared distance of two feature maps relative to the teacher's square: 0 alike, 1 as bad as nothing at all.

    So the weight means the same for every teacher. The larger of two maps is averaged down to the smaller.
    """

    def __init__(self, name: str = "apart") -> None:
        super().__init__(name=name, reduction=WEIGHTED_MEAN)

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """The teacher's map (N, h, w, D) and the projected one of the student (N, h', w', D) to losses (N,)."""
        taught, said = (_averaged(features, _smaller(y_true, y_pred)) for features in (y_true, y_pred))
        square = ops.sum(ops.square(taught), axis=(1, 2, 3))
        return ops.sum(ops.square(said - taught), axis=(1, 2, 3)) / ops.maximum(square, 1e-6)


def _smaller(one: keras.KerasTensor, other: keras.KerasTensor) -> tuple[int, int]:
    return min(one.shape[1], other.shape[1]), min(one.shape[2], other.shape[2])


def _averaged(features: keras.KerasTensor, size: tuple[int, int]) -> keras.KerasTensor:
    return features if features.shape[1:3] == size else ops.adaptive_average_pool(features, size)
