"""From a config to a model: one table of builders, one contract.

Every model takes `image` uint8 (N, S, S, 3) and `metadata` float32 (N, K) and gives `logits` float32 (N, C).
"""

from pathlib import Path

import keras

from training.config import Config, Model
from training.models import baseline, dual

BUILDERS = {"baseline": baseline.build, "dual": dual.build}


def build(config: Config, classes: int, data: Path) -> keras.Model:
    """Build the configured model for C classes; a weights file is looked for in the data directory.

    Raises `FileNotFoundError` naming the missing weights file.
    """
    options = _with_weights_path(config.model, data)
    return BUILDERS[options.builder](options, config.image, config.metadata, classes)


def _with_weights_path(options: Model, data: Path) -> Model:
    if options.weights is None or options.weights == "imagenet":
        return options
    path = data / options.weights
    if not path.is_file():
        raise FileNotFoundError(
            f"No initial weights at {path}. Put the file there, or override --model.weights (imagenet: "
            "downloaded by Keras; null: from scratch) together with --model.weights_note."
        )
    return options.model_copy(update={"weights": str(path)})
