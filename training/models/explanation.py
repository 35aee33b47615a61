"""What a model has inside, taken out: what its head sums, and the features that its head reads."""

import keras

from training.models.dual import BACKBONE
from training.models.evidence import CONTRIBUTIONS, EVIDENCE, LOGITS


def with_explanation(model: keras.Model) -> keras.Model:
    """The same model with outputs {"logits"[, "evidence"[, "contributions"]]}: what its head sums is given out too."""
    names = [name for name in (EVIDENCE, CONTRIBUTIONS) if name in _names(model)]
    return keras.Model(model.inputs, {LOGITS: model.output, **{name: model.get_layer(name).output for name in names}})


def penultimate(model: keras.Model) -> keras.Model:
    """The same inputs to float32 (N, D): what the last layer with weights over features reads, pooled over positions.

    Of a head that explains itself it is the feature map below the evidence, after the metadata met it.
    """
    head = model.get_layer(EVIDENCE) if EVIDENCE in _names(model) else model.layers[-1]
    features = head.input
    return keras.Model(model.inputs, keras.ops.mean(features, axis=(1, 2)) if len(features.shape) == 4 else features)


def split_at_features(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Inputs to the last feature map (N, h, w, D), and [that map, metadata] to the logits.

    The map is the backbone's, before the metadata meets it; without a backbone, the last of any layer. Raises
    `ValueError` on a model without a feature map.
    """
    features = _feature_map(model)
    metadata = next(each for each in model.inputs if each.name == "metadata")
    return keras.Model(model.inputs, features), keras.Model([features, metadata], model.output)


def _feature_map(model: keras.Model) -> keras.KerasTensor:
    names = [layer.name for layer in model.layers]
    if BACKBONE in names:
        # A nested model's own output is not the tensor that it gives here: what the next layer takes is.
        after = model.layers[names.index(BACKBONE) + 1 :]
        return next(tensor for layer in after for tensor in _tensors(layer.input) if len(tensor.shape) == 4)
    maps = [tensor for layer in model.layers for tensor in _tensors(layer.output) if len(tensor.shape) == 4]
    if len(maps) < 2:  # the picture itself
        raise ValueError(f"{model.name} has no feature map: no layer of it gives (N, h, w, D).")
    return maps[-1]


def _tensors(given: keras.KerasTensor | list[keras.KerasTensor]) -> list[keras.KerasTensor]:
    return given if isinstance(given, list) else [given]


def _names(model: keras.Model) -> set[str]:
    return {layer.name for layer in model.layers}
