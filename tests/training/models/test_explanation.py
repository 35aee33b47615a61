import keras
import numpy as np
import pytest

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models.build import BUILDERS
from training.models.explanation import penultimate, split_at_features, with_explanation
from training.options.model import Model

pytestmark = pytest.mark.tensorflow

METADATA = MetadataSpec()
RNG = np.random.default_rng(0)
INPUTS = {
    "image": RNG.integers(0, 256, (3, 32, 32, 3), np.uint8),
    "metadata": RNG.random((3, METADATA.width), np.float32),
}
MODELS = {
    "baseline": Model(builder="baseline"),
    "modulate": Model(builder="dual", backbone="tiny", fusion="modulate"),
    "concatenate": Model(builder="dual", backbone="tiny", fusion="concatenate"),
    "none": Model(builder="dual", backbone="tiny", fusion="none"),
}
WIDTHS = {"baseline": 64, "modulate": 64, "concatenate": 64, "none": 64}
MAPS = {"baseline": (6, 6, 64), "modulate": (2, 2, 64), "concatenate": (2, 2, 64), "none": (2, 2, 64)}


def build(name: str) -> keras.Model:
    """With random weights everywhere, those that start at zero included."""
    keras.utils.set_random_seed(0)
    model = BUILDERS[MODELS[name].builder](MODELS[name], ImageSpec(size=32), METADATA, 3)
    rng = np.random.default_rng(0)
    weights = model.get_weights()
    model.set_weights([each if each.any() else rng.normal(0, 0.1, each.shape).astype("f") for each in weights])
    return model


@pytest.mark.parametrize("name", MODELS)
def test_what_the_head_sums_is_given_out_beside_the_same_logits(name: str) -> None:
    model = build(name)
    outputs = with_explanation(model)(INPUTS, training=False)
    expected = {"baseline": set(), "none": {"evidence"}}.get(name, {"evidence", "contributions"})
    assert set(outputs) == {"logits", *expected}
    np.testing.assert_allclose(outputs["logits"], model(INPUTS, training=False), atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_the_head_reads_the_penultimate_features(name: str) -> None:
    model = build(name)
    features = np.asarray(penultimate(model)(INPUTS, training=False))
    assert features.shape == (3, WIDTHS[name])
    if name != "baseline":
        kernel = model.get_layer("evidence").get_weights()[0][0, 0]
        evidence = with_explanation(model)(INPUTS, training=False)["evidence"]
        np.testing.assert_allclose(features @ kernel, np.mean(evidence, axis=(1, 2)), atol=1e-5)
    else:
        kernel, bias = model.get_layer("logits").get_weights()
        np.testing.assert_allclose(features @ kernel + bias, model(INPUTS, training=False), atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_the_parts_below_and_above_the_features_make_the_model(name: str) -> None:
    model = build(name)
    below, above = split_at_features(model)
    features = below(INPUTS, training=False)
    assert features.shape == (3, *MAPS[name])
    np.testing.assert_allclose(
        above([features, keras.ops.convert_to_tensor(INPUTS["metadata"])], training=False),
        model(INPUTS, training=False),
        atol=1e-5,
    )


def test_the_features_are_those_before_the_metadata_meets_them() -> None:
    below, _ = split_at_features(build("modulate"))
    other = {**INPUTS, "metadata": 1 - INPUTS["metadata"]}
    np.testing.assert_array_equal(below(INPUTS, training=False), below(other, training=False))


def test_a_model_without_feature_map_is_refused() -> None:
    image, metadata = keras.Input((8, 8, 3), name="image"), keras.Input((2,), name="metadata")
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(image), metadata])
    model = keras.Model([image, metadata], keras.layers.Dense(2)(joined), name="flat")
    with pytest.raises(ValueError, match="flat has no feature map"):
        split_at_features(model)
