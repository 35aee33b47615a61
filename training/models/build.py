"""From a config to a model: one table of builders, one contract.

Every model takes `image` uint8 (N, S, S, 3) and `metadata` float32 (N, K) and gives `logits` float32 (N, C).
"""

from pathlib import Path

import keras

from training.config import Config
from training.finished import Finished
from training.models import baseline, dual
from training.models.transfer import take_weights

BUILDERS = {"baseline": baseline.build, "dual": dual.build}


def build(config: Config, data: Path, runs: Path) -> keras.Model:
    """Build the configured model. Initial weights are looked for in the data directory, or among `runs`.

    Raises `FileNotFoundError` naming the missing weights, `InvalidConfig` when those of another run do not fit.
    """
    options = config.model
    if options.weights_run is not None:
        scratch = options.model_copy(update={"weights": None})
        model = BUILDERS[options.builder](scratch, config.image, config.metadata, config.outputs)
        return take_weights(model, config, Finished.read(runs / options.weights_run))
    if options.weights_file is not None:
        options = options.model_copy(update={"weights": str(_weights_path(data / options.weights_file))})
    return BUILDERS[options.builder](options, config.image, config.metadata, config.outputs)


def _weights_path(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(
            f"No initial weights at {path}. Put the file there, or override --model.weights (imagenet: "
            "downloaded by Keras; run:NAME: of another run; null: from scratch) together with --model.weights_note."
        )
    return path
