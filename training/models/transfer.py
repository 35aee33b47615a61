"""What a model takes from a finished run: the backbone as it is, the head by the names of what it speaks of.

Where the parent's categories or metadata columns are others, or in another order, nothing is matched by its place. The
child begins by answering as its parent does:

- a category that the parent knows keeps its weights: its logit is the parent's, exactly;
- a new category starts as the mean of the parent's, so its logit is the mean of their logits and never the largest;
- malignant or not, from a parent of categories: the mean of the malignant ones less the mean of the others;
- categories, from a parent that knows only malignant or not: the head starts fresh;
- a metadata column that the parent has keeps its weights; a new value of a field starts as that field's "unknown",
  because that is what the parent read it as.
"""

import keras
import numpy as np
import numpy.typing as npt

from lesion.patient import MetadataSpec
from training.config import Config, InvalidConfig
from training.finished import Finished
from training.models.dual import BACKBONE
from training.models.evidence import CONTRIBUTIONS, EVIDENCE, LOGITS

Weights = npt.NDArray[np.float32]

OF_CATEGORIES = (EVIDENCE, CONTRIBUTIONS, LOGITS)
"""Layers whose weights have the categories on their last axis."""
OF_COLUMNS = ("mix", "facts", CONTRIBUTIONS)
"""Layers whose kernel has the metadata columns on its first axis."""


def take_weights(model: keras.Model, config: Config, parent: Finished) -> keras.Model:
    """Give a model, built from `config`, the best weights of a finished run. With another fusion: the backbone's alone.

    Raises `InvalidConfig` when builder or backbone are not the same, or a layer does not fit.
    """
    _expect_same_network(config, parent)
    theirs = {layer.name: layer.get_weights() for layer in parent.model().layers}
    wanted = [layer for layer in model.layers if layer.weights and _is_taken(layer.name, config, parent.config)]
    strangers = []
    for layer in wanted:
        weights = [_fitted(layer.name, weight, parent.config, config) for weight in theirs.get(layer.name, [])]
        if [weight.shape for weight in weights] == [weight.shape for weight in layer.get_weights()]:
            layer.set_weights(weights)
        else:
            strangers.append(layer.name)
    if strangers:
        raise InvalidConfig(
            f"The weights of {parent.path} do not fit {model.name}: {strangers} have other shapes. Was it trained with "
            f"images of another size? Expected {config.image.size}. Received {parent.config.image.size}."
        )
    return model


def categories(parent: Config, child: Config) -> Weights | None:
    """float32 (parent's logits, child's): how the child's begin as sums of the parent's. None: they start fresh."""
    if parent.target == "malignancy":
        return np.ones((1, 1), np.float32) if child.target == "malignancy" else None
    known = parent.categories
    if child.target == "malignancy":
        malignant = np.array(parent.malignant)
        lead: Weights = (malignant / malignant.sum() - ~malignant / (~malignant).sum()).astype(np.float32)
        return lead[:, None]
    sums = np.full((len(known), len(child.categories)), 1 / len(known), np.float32)
    for place, code in enumerate(child.categories):
        if code in known:
            sums[:, place] = [float(code == other) for other in known]
    return sums


def columns(parent: MetadataSpec, child: MetadataSpec) -> Weights:
    """float32 (child's columns, parent's columns): which of the parent's each of the child's begins as."""
    chosen = np.zeros((child.width, parent.width), np.float32)
    for place, name in enumerate(child.columns):
        known = name if name in parent.columns else f"{name.partition(':')[0]}: unknown"
        chosen[place, parent.columns.index(known)] = 1
    # Ages are divided by their scale: what is read in larger units weighs more.
    chosen[0] *= child.age_scale_years / parent.age_scale_years
    return chosen


def _expect_same_network(config: Config, parent: Finished) -> None:
    mine, theirs = config.model, parent.config.model
    if mine.builder != theirs.builder or (mine.builder == "dual" and mine.backbone != theirs.backbone):
        raise InvalidConfig(
            f"The weights of {parent.path} are of another network. Expected {mine.builder}, {mine.backbone}. Received "
            f"{theirs.builder}, {theirs.backbone}."
        )


def _is_taken(layer: str, config: Config, parent: Config) -> bool:
    """Not: what stands behind another fusion, and a head for what the parent cannot tell."""
    if config.model.builder == "dual" and config.model.fusion != parent.model.fusion:
        return layer == BACKBONE
    return layer not in OF_CATEGORIES or categories(parent, config) is not None


def _fitted(layer: str, weight: Weights, parent: Config, child: Config) -> Weights:
    sums = categories(parent, child)
    if layer in OF_CATEGORIES and sums is not None:
        weight = weight @ sums
    if layer in OF_COLUMNS and weight.ndim == 2:
        weight = columns(parent.metadata, child.metadata) @ weight
    return weight
