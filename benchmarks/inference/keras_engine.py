"""Keras itself, on TensorFlow: the model as it was saved, on one thread."""

import os
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

import training.models.build  # noqa: F401 (the layers that a run's file names)
from benchmarks.inference.command import PREDICT, Command

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def open_model(command: Command) -> Callable[[], object]:
    """`predict_on_batch`, or a compiled function; a command's `precision` says which. Arrays in, arrays out."""
    model = keras.saving.load_model(command.file, compile=False)
    rng = np.random.default_rng(0)
    # In the order of the inputs: what every functional model takes, whether it has one or several.
    feed = [rng.integers(0, 256, (command.batch, *part.shape[1:])).astype(part.dtype) for part in model.inputs]
    if command.precision == PREDICT:
        return lambda: model.predict_on_batch(feed)
    compiled = tf.function(lambda given: model(given, training=False))
    return lambda: compiled([tf.constant(array) for array in feed]).numpy()
