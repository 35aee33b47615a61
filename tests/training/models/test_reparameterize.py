"""A network of branches, written as the convolutions they add up to, computes the same."""

import keras
import numpy as np
import pytest

from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models.branches import Branches
from training.models.build import BUILDERS
from training.models.explanation import with_explanation
from training.models.reparameterize import reparameterized
from training.options.model import Backbone, Model

pytestmark = pytest.mark.tensorflow

METADATA = MetadataSpec()


def network(backbone: Backbone) -> keras.Model:
    """With normalization as if it had learned: neither at zero nor at one."""
    keras.utils.set_random_seed(0)
    model = BUILDERS["dual"](Model(builder="dual", backbone=backbone), ImageSpec(size=32), METADATA, len(CODES))
    rng = np.random.default_rng(0)
    model.set_weights(
        [w if w.ndim > 1 and w.any() else rng.uniform(0.2, 0.6, w.shape).astype("f") for w in model.get_weights()]
    )
    return model


def inputs() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        "image": rng.integers(0, 256, (2, 32, 32, 3), np.uint8),
        "metadata": rng.random((2, METADATA.width), np.float32),
    }


def test_it_computes_the_same_with_plain_convolutions() -> None:
    model = with_explanation(network("plain"))
    twin = reparameterized(model)
    assert not [layer for layer in twin.get_layer("backbone").layers if isinstance(layer, Branches)]
    assert twin.count_params() < model.count_params()
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert list(twin.output) == list(model.output)
    expected, received = model(inputs()), twin(inputs())
    for name in expected:
        np.testing.assert_allclose(received[name], expected[name], rtol=1e-4, atol=1e-4)


def test_the_model_that_learns_is_left_alone() -> None:
    model = network("plain")
    before = model.get_weights()
    reparameterized(model)
    assert all(np.array_equal(now, then) for now, then in zip(model.get_weights(), before, strict=True))
    assert len([layer for layer in model.get_layer("backbone").layers if isinstance(layer, Branches)]) == 14


def test_a_model_without_branches_comes_back_as_it_is() -> None:
    model = network("tiny")
    assert reparameterized(model) is model
