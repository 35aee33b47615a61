"""A model's answers with their explanation, from the tensors that its head sums. Needs Keras."""

import keras
import numpy as np

from training.evaluation.explanation import Explanation
from training.evaluation.subject import Images, Metadata
from training.models.evidence import CONTRIBUTIONS, EVIDENCE, LOGITS
from training.models.explanation import with_explanation

BATCH = 64


def explain(model: keras.Model, images: Images, metadata: Metadata) -> Explanation | None:
    """Answer images uint8 (N, S, S, 3) and say why. None: the head of this model keeps no evidence, as the baseline's.

    Raises `ValueError` when what is taken out does not add up to the logits.
    """
    opened = with_explanation(model)
    if EVIDENCE not in opened.output:
        return None
    parts = [
        opened.predict_on_batch({"image": images[start : start + BATCH], "metadata": metadata[start : start + BATCH]})
        for start in range(0, len(images), BATCH)
    ]
    outputs = {name: np.concatenate([np.asarray(part[name], np.float32) for part in parts]) for name in opened.output}
    classes = outputs[LOGITS].shape[1]
    return Explanation(
        logits=outputs[LOGITS],
        bias=np.asarray(model.get_layer(LOGITS).bias, np.float32),
        evidence=outputs[EVIDENCE],
        contributions=outputs.get(CONTRIBUTIONS, np.zeros((len(images), 0, classes), np.float32)),
    )
