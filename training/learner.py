"""What fit trains: a model, behind the layers that draw its random views on the device when there are any.

Only the model inside is kept, exported and served. Another way of learning is another `compute_loss`: see
`training.distill`.
"""

import keras

from training import device_augment
from training.config import Config

Tensors = dict[str, keras.KerasTensor]


class Learner(keras.Model):  # type: ignore[misc] # Keras ships no types
    """{"image": uint8 (N, S, S, 3), "metadata": float32 (N, K)} to the model's logits (N, C)."""

    def __init__(self, model: keras.Model, views: keras.Model | None = None) -> None:
        """`views` leads from the model's inputs to the same, random in training and as they are otherwise."""
        super().__init__(name=f"learning_{model.name}")
        self.model, self.views = model, views

    def view(self, inputs: Tensors, *, training: bool | None = None) -> Tensors:
        """The inputs as the model sees them."""
        seen: Tensors = inputs if self.views is None else self.views(inputs, training=training)
        return seen

    def call(self, inputs: Tensors, training: bool | None = None) -> keras.KerasTensor:  # noqa: FBT001 - Keras's own
        """Logits (N, C)."""
        return self.model(self.view(inputs, training=training), training=training)


def views_of(model: keras.Model, config: Config) -> keras.Model | None:
    """The layers that draw the configured views on the device, None where the host draws them or nobody does."""
    options = config.pipeline.augmentation
    return device_augment.views(model, options, config.seed) if options and options.on_device else None
