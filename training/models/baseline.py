"""The seed project's network: two convolutions on the image, one dense layer on the metadata, joined late."""

import keras

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.options.model import Model


def build(options: Model, image: ImageSpec, metadata: MetadataSpec, classes: int) -> keras.Model:
    """uint8 (N, S, S, 3) and float32 (N, K) to logits (N, C).

    11,965,953 parameters at S = 224, K = 5, C = 1, as in the seed.
    """
    layers = keras.layers
    picture = keras.Input((image.size, image.size, 3), dtype="uint8", name="image")
    facts = keras.Input((metadata.width,), dtype="float32", name="metadata")

    x = layers.Rescaling(1 / 255, name="rescale")(picture)
    x = layers.Conv2D(32, 3, activation="relu", name="coarse")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(64, 3, activation="relu", name="fine")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    y = layers.Dense(32, activation="relu", name="facts")(facts)

    z = layers.Concatenate()([x, y])
    z = layers.Dense(64, activation="relu", name="joint")(z)
    z = layers.BatchNormalization(name="normalized")(z)
    z = layers.Dropout(options.dropout)(z)
    return keras.Model([picture, facts], layers.Dense(classes, name="logits")(z), name="baseline")
