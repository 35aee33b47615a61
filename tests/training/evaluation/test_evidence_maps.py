import keras
import numpy as np
import pytest

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.evaluation.evidence_maps import BATCH, explain
from training.models.build import BUILDERS
from training.options.model import Fusion, Model

pytestmark = pytest.mark.tensorflow

METADATA = MetadataSpec()
IMAGES = np.random.default_rng(0).integers(0, 256, (BATCH + 2, 32, 32, 3), np.uint8)
FACTS = np.random.default_rng(1).random((BATCH + 2, METADATA.width), np.float32)


def build(options: Model, classes: int = 3) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = BUILDERS[options.builder](options, ImageSpec(size=32), METADATA, classes)
    rng = np.random.default_rng(0)
    weights = model.get_weights()
    model.set_weights([each if each.any() else rng.normal(0, 0.1, each.shape).astype("f") for each in weights])
    return model


@pytest.mark.parametrize("fusion", ["modulate", "concatenate", "none"])
@pytest.mark.parametrize("classes", [1, 3])
def test_answers_are_taken_apart_batch_by_batch(fusion: Fusion, classes: int) -> None:
    model = build(Model(builder="dual", backbone="tiny", fusion=fusion), classes)
    explanation = explain(model, IMAGES, FACTS)
    assert explanation is not None
    assert explanation.evidence.shape == (len(IMAGES), 2, 2, classes)
    assert explanation.contributions.shape == (len(IMAGES), 0 if fusion == "none" else METADATA.width, classes)
    answers = model({"image": IMAGES, "metadata": FACTS}, training=False)
    np.testing.assert_allclose(explanation.logits, answers, atol=1e-5)


def test_a_head_that_keeps_no_evidence_has_none_to_show() -> None:
    assert explain(build(Model(builder="baseline")), IMAGES[:2], FACTS[:2]) is None


def test_evidence_that_is_not_what_was_summed_is_refused() -> None:
    model = build(Model(builder="dual", backbone="tiny"))
    model.get_layer("evidence").name = "hidden"
    doubled = keras.layers.Rescaling(2.0, name="evidence")(model.get_layer("hidden").output)
    # Reached by no logit of its own: an addition of nothing keeps it in the model.
    logits = keras.layers.Add()([model.output, keras.ops.mean(doubled, axis=(1, 2)) * 0])
    with pytest.raises(ValueError, match="does not add up"):
        explain(keras.Model(model.inputs, logits), IMAGES[:2], FACTS[:2])
