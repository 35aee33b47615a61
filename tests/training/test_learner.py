from pathlib import Path

import keras
import numpy as np
import pytest

from training.learner import Learner, views_of
from training.models.build import build
from training.options.pipeline import Augmentation
from training.recipes.smoke import CONFIG

pytestmark = pytest.mark.tensorflow


def test_the_model_behind_views_is_the_model_when_it_does_not_learn() -> None:
    keras.utils.set_random_seed(0)
    pipeline = CONFIG.pipeline.model_copy(update={"augmentation": Augmentation(on_device=True)})
    options = CONFIG.model_copy(update={"pipeline": pipeline})
    model = build(options, Path(), Path())
    learner = Learner(model, views_of(model, options))
    rng = np.random.default_rng(0)
    inputs = {
        "image": rng.integers(0, 256, (4, 48, 48, 3), np.uint8),
        "metadata": np.zeros((4, CONFIG.metadata.width), np.float32),
    }
    np.testing.assert_array_equal(learner(inputs), model(inputs))
    assert np.abs(np.asarray(learner(inputs, training=True)) - np.asarray(model(inputs))).max() > 1e-4
    assert [weight.path for weight in learner.trainable_weights] == [weight.path for weight in model.trainable_weights]


def test_views_of_the_host_need_no_layers() -> None:
    model = build(CONFIG, Path(), Path())
    assert views_of(model, CONFIG) is None
    bare = CONFIG.model_copy(update={"pipeline": CONFIG.pipeline.model_copy(update={"augmentation": None})})
    assert views_of(model, bare) is None
