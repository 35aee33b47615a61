"""Where initial weights come from, and what pixels they are given. What all share is tests/training/test_models.py."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from training.config import InvalidConfig
from training.models import backbones
from training.models.applications import MOMENTUM
from training.options.model import Backbone

pytestmark = pytest.mark.tensorflow

APPLICATIONS: dict[Backbone, Callable[..., keras.Model]] = {
    "mobilenet_v2": keras.applications.MobileNetV2,
    "mobilenet_v3_small": partial(keras.applications.MobileNetV3Small, include_preprocessing=True),
    "efficientnet_v2_b0": partial(keras.applications.EfficientNetV2B0, include_preprocessing=True),
    "convnext_tiny": partial(keras.applications.ConvNeXtTiny, include_preprocessing=True),
    "resnet50": keras.applications.ResNet50,
}
PREPROCESS = {
    "mobilenet_v2": keras.applications.mobilenet_v2.preprocess_input,
    "resnet50": keras.applications.resnet.preprocess_input,
}
DEAR: set[Backbone] = {"efficientnet_v2_b0", "convnext_tiny"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.learning] if name in DEAR else []) for name in APPLICATIONS]
)
def test_weights_of_keras_see_the_pixels_that_they_were_trained_on(name: Backbone, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    theirs = APPLICATIONS[name](include_top=False, weights=None, input_shape=(32, 32, 3))
    without = {} if name in PREPROCESS else {"include_preprocessing": False}
    saved = APPLICATIONS[name](include_top=False, weights=None, input_shape=(32, 32, 3), **without)
    saved.set_weights(theirs.get_weights()[-len(saved.weights) :])  # without those of its own scaling, which come first
    saved.save_weights(tmp_path / "some.weights.h5")

    pixels = keras.Input((32, 32, 3), dtype="uint8")
    backbone = backbones.build(name, 32, str(tmp_path / "some.weights.h5"), "backbone")
    ours = keras.Model(pixels, backbone(backbones.rescale(name, pixels)))
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    prepared = PREPROCESS.get(name, np.array)(images.astype("f"))
    expected = np.asarray(theirs(prepared))
    np.testing.assert_allclose(ours(images), expected, atol=1e-4 * np.abs(expected).max())


def test_normalization_of_pretrained_weights_keeps_up_with_fine_tuning() -> None:
    layers = backbones.build("mobilenet_v2", 32, None, "backbone").layers
    assert {layer.momentum for layer in layers if isinstance(layer, keras.layers.BatchNormalization)} == {MOMENTUM}


def test_our_own_backbone_takes_its_weights_from_a_file(tmp_path: Path) -> None:
    trained = backbones.build("tiny", 64, None, "backbone")
    trained.save_weights(tmp_path / "tiny.weights.h5")
    for mine, theirs in zip(
        backbones.build("tiny", 32, str(tmp_path / "tiny.weights.h5"), "other").get_weights(),
        trained.get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_nobody_has_trained_our_own_on_imagenet() -> None:
    with pytest.raises(InvalidConfig, match="compact backbone is ours: nobody has trained it on ImageNet"):
        backbones.build("compact", 64, "imagenet", "backbone")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    backbones.build("tiny", 32, None, "backbone").save_weights(tmp_path / "tiny.weights.h5")
    with pytest.raises(InvalidConfig, match=r"tiny.weights.h5 do not fit\. Expected those of backbone\."):
        backbones.build("compact", 32, str(tmp_path / "tiny.weights.h5"), "backbone")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.weights.h5").write_bytes(b"no weights")
    with pytest.raises(InvalidConfig, match=r"some.weights.h5 do not fit\."):
        backbones.build("mobilenet_v2", 32, str(tmp_path / "some.weights.h5"), "backbone")


def test_images_that_cannot_be_halved_five_times_are_refused() -> None:
    with pytest.raises(InvalidConfig, match=r"Expected 32 px a side\. Received 31"):
        backbones.build("tiny", 31, None, "backbone")
