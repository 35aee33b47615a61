"""`python -m tests.export.learned_on_jax FOLDER` under KERAS_BACKEND=jax: models after two steps, and what they say."""

import sys
from pathlib import Path

import keras
import numpy as np

from export.parity import golden_inputs
from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models.branches import Branches
from training.models.build import BUILDERS
from training.models.evidence import additive
from training.options.model import Model

IMAGE, METADATA = ImageSpec(size=32), MetadataSpec()


def tiny() -> keras.Model:
    return BUILDERS["dual"](Model(builder="dual", backbone="tiny"), IMAGE, METADATA, len(CODES))


def plain() -> keras.Model:
    """What the plain network is made of, two blocks of it: JAX takes minutes to compile all."""
    picture = keras.Input((IMAGE.size, IMAGE.size, 3), dtype="uint8", name="image")
    facts = keras.Input((METADATA.width,), name="metadata")
    x = Branches(8, stride=2)(keras.layers.Rescaling(1 / 127.5, -1.0)(picture))
    return keras.Model([picture, facts], additive(Branches(8)(x), facts, len(CODES)))


NETWORKS = {"tiny": tiny, "plain": plain}


def learn(name: str, folder: Path) -> None:
    keras.utils.set_random_seed(0)
    model = NETWORKS[name]()
    inputs = golden_inputs(IMAGE, METADATA).feed()
    model.compile(keras.optimizers.SGD(1e-2), keras.losses.CategoricalCrossentropy(from_logits=True))
    model.fit(inputs, np.eye(8, dtype=np.float32), batch_size=4, epochs=1, verbose=0)
    model.save(folder / f"{name}.keras")
    np.save(folder / f"{name}.npy", model.predict(inputs, verbose=0))


if __name__ == "__main__":
    if keras.backend.backend() != "jax":
        sys.exit(f"Expected KERAS_BACKEND=jax. Received {keras.backend.backend()}.")
    for each in NETWORKS:
        learn(each, Path(sys.argv[1]))
