"""A model and a part of the split to predictions, with test-time views if asked."""

import keras
import numpy as np

from training.pipeline import InOrder
from training.predictions import Predictions
from training.symmetries import SYMMETRIES


def predict(model: keras.Model, part: InOrder, views: int = 1) -> Predictions:
    """Run the model over a part; rows keep its order. Each batch's answers go where its records are.

    With `views` above 1, logits are means over the first so many of the eight symmetries of the square: test-time
    augmentation. Raises `ValueError` when the model does not answer each picture once, or on more views than there are.
    """
    if not 1 <= views <= len(SYMMETRIES):
        raise ValueError(f"A square has {len(SYMMETRIES)} views. Received {views}.")
    shown = SYMMETRIES[:views]
    logits = np.empty(part.targets.shape, np.float32)
    for step in range(len(part)):
        inputs, targets = part.batch(step)
        seen = [{**inputs, "image": np.ascontiguousarray(turn(inputs["image"]))} for turn in shown]
        answers = np.mean([np.asarray(model.predict_on_batch(view), np.float32) for view in seen], axis=0)
        if answers.shape != targets.shape:
            raise ValueError(f"The model must answer each picture. Expected {targets.shape}. Received {answers.shape}.")
        logits[part.places(step)] = answers
    return Predictions(
        np.array([record.image_id for record in part.records]),
        np.array([record.lesion_id or record.image_id for record in part.records]),
        part.labels,
        logits,
        np.array(part.target.categories),
    )
