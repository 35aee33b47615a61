"""A model and a part of the split to predictions."""

import keras
import numpy as np

from lesion.diagnosis import CODES
from training.pipeline import InOrder, labels
from training.predictions import Predictions


def predict(model: keras.Model, part: InOrder) -> Predictions:
    """Run the model over a part; rows keep its order. Each batch's answers go where its records are.

    Raises `ValueError` when the model does not answer each picture once.
    """
    logits = np.empty((len(part.records), len(CODES)), np.float32)
    for step in range(len(part)):
        inputs, targets = part.batch(step)
        answers = np.asarray(model.predict_on_batch(inputs))
        if answers.shape != targets.shape:
            raise ValueError(f"The model must answer each picture. Expected {targets.shape}. Received {answers.shape}.")
        logits[part.places(step)] = answers
    return Predictions(
        np.array([record.image_id for record in part.records]),
        np.array([record.lesion_id or record.image_id for record in part.records]),
        labels(part.records),
        logits,
    )
