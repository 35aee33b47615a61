"""A model and a part of the split to predictions."""

import keras
import numpy as np

from training.catalog import Record
from training.pipeline import Inputs, labels
from training.predictions import Predictions


def predict(model: keras.Model, inputs: Inputs, records: list[Record]) -> Predictions:
    """Run the model over a part; rows keep the order of `records`."""
    logits = model.predict(inputs, batch_size=64, verbose=0)
    return Predictions(
        np.array([record.image_id for record in records]),
        np.array([record.lesion_id or record.image_id for record in records]),
        labels(records),
        np.asarray(logits, np.float32),
    )
