"""Initial weights from a file."""

import warnings

import keras

from training.config import InvalidConfig


def load(network: keras.Model, path: str) -> None:
    """Give a network all of its weights from a `.weights.h5`, `.h5` or `.keras` file.

    Raises `InvalidConfig` when the file is not of such a network.
    """
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that it found nothing for, and leaves them random.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise InvalidConfig(f"The weights in {path} do not fit. Expected those of {network.name}. {error}") from error
