"""The features of a part's images, as the last layer of a model reads them. Needs Keras."""

import keras
import numpy as np

from training.evaluation.neighbors import Features
from training.models.explanation import penultimate
from training.pipeline import InOrder


def features(model: keras.Model, part: InOrder) -> Features:
    """float32 (N, D), in the part's order."""
    inside = penultimate(model)
    found = [np.asarray(inside.predict_on_batch(part.batch(step)[0]), np.float32) for step in range(len(part))]
    return np.concatenate(found)
