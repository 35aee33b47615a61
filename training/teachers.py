"""The teachers of a student: which finished runs may teach it, and what they answer to the view that it sees."""

from collections.abc import Sequence
from pathlib import Path

import keras
from keras import ops

from training.config import Config, InvalidConfig
from training.finished import Finished
from training.learner import Tensors
from training.models.dual import BACKBONE


def find(config: Config, runs: Path) -> list[Finished]:
    """The finished runs that `config.distillation` names, none without it.

    Raises `FileNotFoundError` when one is not finished, `InvalidConfig` when it answers another question: other
    categories or target, another encoding of the patient, or the same for categories of other frequencies.
    """
    names = config.distillation.teachers if config.distillation else ()
    found = [Finished.read(runs / name) for name in names]
    for teacher in found:
        _expect_same_question(config, teacher)
    return found


def _expect_same_question(config: Config, teacher: Finished) -> None:
    theirs = teacher.config
    asked = {
        "target": (config.target, theirs.target),
        "categories": (config.categories, theirs.categories),
        "malignant categories": (config.malignant, theirs.malignant),
        "metadata columns": (config.metadata.columns, theirs.metadata.columns),
        "age scale": (config.metadata.age_scale_years, theirs.metadata.age_scale_years),
        "frequencies of categories that answers suppose": (_supposed(config), _supposed(theirs)),
    }
    for what, (mine, other) in asked.items():
        if mine != other:
            raise InvalidConfig(
                f"{teacher.path} cannot teach {config.name}: other {what}. Expected {mine}. Received {other}."
            )


def _supposed(config: Config) -> str:
    """How frequent a model's answers suppose the categories: a teacher's would pull a student's towards its own."""
    loss, balance = config.fit.loss, config.pipeline.balance
    if loss.kind == "logit_adjusted":
        return "equal (logit_adjusted)"
    weighted = f", weighted with beta {loss.beta}" if loss.kind == "class_balanced" else ""
    return f"those of batches drawn with balance {balance}{weighted}"


class Panel:
    """One or more frozen teachers. No Keras layer or list of such, so that nothing of them is trained or saved."""

    def __init__(self, models: Sequence[keras.Model]) -> None:
        """`models`: of the student's categories and metadata; their images may have another size."""
        self.models = tuple(reader(model) for model in models)

    def __len__(self) -> int:
        return len(self.models)

    @property
    def maps(self) -> list[tuple[int, int, int]]:
        """Height, width and channels of each teacher's last feature map."""
        return [tuple(model.outputs[1].shape[1:]) for model in self.models]

    def answers(self, seen: Tensors) -> tuple[keras.KerasTensor, list[keras.KerasTensor]]:
        """Mean logits (N, C), and each teacher's last feature map (N, h, w, D), of {"image", "metadata"}.

        Hinton et al. (2015) allow for the arithmetic or the geometric mean of the teachers' probabilities. The mean of
        logits is the geometric one: like a single teacher, it is the sum of its evidence and contributions.
        """
        told = [_ask(model, seen) for model in self.models]
        logits = sum(ops.cast(each, "float32") for each, _ in told) / len(told)
        return ops.stop_gradient(logits), [ops.stop_gradient(features) for _, features in told]


def reader(model: keras.Model) -> keras.Model:
    """The same model, that also gives its last feature map (N, h, w, D): the backbone's, or else its last picture."""
    maps = [layer for layer in model.layers if layer.name == BACKBONE] or [
        layer for layer in model.layers if len(_output(layer).shape) == 4
    ]
    return keras.Model(model.inputs, [model.output, _output(maps[-1])], name=f"reading_{model.name}")


def _output(layer: keras.layers.Layer) -> keras.KerasTensor:
    """What a layer gives in the model around it: a nested model's own `output` is of the graph inside."""
    return keras.Operation.output.fget(layer)


def _ask(model: keras.Model, seen: Tensors) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    size = model.inputs[0].shape[1]
    logits, features = model({**seen, "image": resized(seen["image"], size)}, training=False)
    return logits, features


def resized(images: keras.KerasTensor, size: int) -> keras.KerasTensor:
    """uint8 (N, S, S, 3) to (N, size, size, 3), antialiased. Enlarged, a view shows no more than it did."""
    if images.shape[1] == size:
        return images
    changed = ops.image.resize(ops.cast(images, "float32"), (size, size), interpolation="bilinear", antialias=True)
    return ops.cast(ops.clip(ops.round(changed), 0, 255), "uint8")
