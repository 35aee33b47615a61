"""Grad-CAM (Selvaraju et al., 2017): where a class's logit rests on the last feature map, by its gradient. TensorFlow.

    weight of channel d = mean over positions of ∂ logit / ∂ A_d          map = ReLU(Σ_d weight_d A_d)

It needs no special head, so it is what evidence maps are compared with. The map A is taken where the backbone gives it,
before the metadata modulates it. Under global average pooling and a linear head (`fusion="none"`) Grad-CAM is then the
evidence itself, divided by the number of positions and with all that speaks against the class cut off. Under `modulate`
it also lacks what the metadata's shift adds, which is the same at all positions of an image. So among positions that
speak for a class both maps have the same order, and a comparison of the two is one of what lies beyond: only under
another head, `concatenate` or the baseline's, is Grad-CAM an opinion of its own.
"""

import keras
import numpy as np
import tensorflow as tf

from training.evaluation.answers import Integers
from training.evaluation.explanation import Floats32
from training.evaluation.subject import Images, Metadata
from training.models.explanation import split_at_features

BATCH = 64


def gradcam(model: keras.Model, images: Images, metadata: Metadata, classes: Integers) -> Floats32:
    """Maps float32 (N, h, w), none below 0, for one class of each image, positions int64 (N,).

    Raises `ValueError` on a model without a feature map, and on another backend than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(f"Grad-CAM runs on Keras's TensorFlow backend. Received {keras.backend.backend()}.")
    below, above = split_at_features(model)
    maps = []
    for start in range(0, len(images), BATCH):
        rows = slice(start, start + BATCH)
        # As a graph: called step by step, every activation of the network would be held until its last one.
        features = tf.convert_to_tensor(below.predict_on_batch({"image": images[rows], "metadata": metadata[rows]}))
        maps.append(_of_batch(above, features, metadata[rows], classes[rows]))
    return np.concatenate(maps)


def _of_batch(above: keras.Model, features: tf.Tensor, metadata: Metadata, classes: Integers) -> Floats32:
    with tf.GradientTape() as tape:
        tape.watch(features)
        score = _score(above([features, tf.convert_to_tensor(metadata)], training=False), classes)
    weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2), keepdims=True)
    return np.asarray(tf.nn.relu(tf.reduce_sum(weights * features, axis=3)), np.float32)


def _score(logits: tf.Tensor, classes: Integers) -> tf.Tensor:
    """(N,): the class's logit; of a single logit, itself for the second class and its negative for the first."""
    if logits.shape[1] == 1:
        return logits[:, 0] * np.where(classes == 1, 1, -1).astype(np.float32)
    return tf.gather(logits, classes, batch_dims=1)
