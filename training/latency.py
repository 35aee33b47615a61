"""How long a model takes for one image."""

import statistics
import time
from collections.abc import Sequence

import keras
import numpy as np

TIMED = 50
"""Images of which the middle time is told."""
WARM_UP = 5


def latency_ms(models: Sequence[keras.Model]) -> float:
    """Of Keras's compiled predict function, one model after the other, on this machine as busy as it is."""
    inputs = [{each.name: np.zeros((1, *each.shape[1:]), each.dtype) for each in model.inputs} for model in models]

    def once() -> float:
        start = time.perf_counter()
        for model, one in zip(models, inputs, strict=True):
            model.predict_on_batch(one)
        return 1000 * (time.perf_counter() - start)

    return statistics.median([once() for _ in range(WARM_UP + TIMED)][WARM_UP:])
