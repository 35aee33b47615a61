"""From a config to a model: one table of builders, one contract.

Every model takes `image` uint8 (N, S, S, 3) and `metadata` float32 (N, K) and gives `logits` float32 (N, C).
"""

from pathlib import Path

import keras

from training.config import Config, InvalidConfig
from training.fit import BEST_FILE
from training.models import baseline, dual
from training.models.dual import BACKBONE

BUILDERS = {"baseline": baseline.build, "dual": dual.build}


def build(config: Config, classes: int, data: Path, runs: Path) -> keras.Model:
    """Build the configured model for C classes. Initial weights are looked for in the data directory, or among `runs`.

    Raises `FileNotFoundError` naming the missing weights, `InvalidConfig` when those of another run do not fit.
    """
    options = config.model
    if options.weights_run is not None:
        scratch = options.model_copy(update={"weights": None})
        model = BUILDERS[options.builder](scratch, config.image, config.metadata, classes)
        return take_weights(model, runs / options.weights_run)
    if options.weights_file is not None:
        options = options.model_copy(update={"weights": str(_weights_path(data / options.weights_file))})
    return BUILDERS[options.builder](options, config.image, config.metadata, classes)


def take_weights(model: keras.Model, run: Path) -> keras.Model:
    """Give a model the best weights of a run, layer by layer, where name and shapes are the same.

    Raises `FileNotFoundError` when there is no such run, `InvalidConfig` unless the backbone (of a model that has one;
    otherwise anything at all) fits.
    """
    path = run / BEST_FILE
    if not path.is_file():
        raise FileNotFoundError(f"No finished run at {run}. Expected {path}, for the initial weights.")
    parent = {layer.name: layer.get_weights() for layer in keras.saving.load_model(path, compile=False).layers}
    fitting = [
        layer
        for layer in model.layers
        if layer.weights and [w.shape for w in layer.get_weights()] == [w.shape for w in parent.get(layer.name, [])]
    ]
    names = {layer.name for layer in fitting}
    wanted = {BACKBONE} if any(layer.name == BACKBONE for layer in model.layers) else names
    if not fitting or not wanted <= names:
        raise InvalidConfig(
            f"The weights of {run} do not fit {model.name}. Layers of the same name and shapes: {sorted(names)}."
        )
    for layer in fitting:
        layer.set_weights(parent[layer.name])
    return model


def _weights_path(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(
            f"No initial weights at {path}. Put the file there, or override --model.weights (imagenet: "
            "downloaded by Keras; run:NAME: of another run; null: from scratch) together with --model.weights_note."
        )
    return path
