import keras
import numpy as np
import pytest

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.evaluation.evidence_maps import explain
from training.evaluation.gradcam import BATCH, gradcam
from training.models.build import BUILDERS
from training.options.model import Model

pytestmark = pytest.mark.tensorflow

METADATA = MetadataSpec()
IMAGES = np.random.default_rng(0).integers(0, 256, (BATCH + 2, 64, 64, 3), np.uint8)
FACTS = np.random.default_rng(1).random((BATCH + 2, METADATA.width), np.float32)


def build(options: Model, classes: int = 3) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = BUILDERS[options.builder](options, ImageSpec(size=64), METADATA, classes)
    rng = np.random.default_rng(0)
    weights = model.get_weights()
    model.set_weights([each if each.any() else rng.normal(0, 0.1, each.shape).astype("f") for each in weights])
    return model


@pytest.mark.parametrize("classes", [1, 3])
def test_below_pooling_and_a_linear_head_it_is_the_evidence_that_speaks_for_the_class(classes: int) -> None:
    model = build(Model(builder="dual", backbone="tiny", fusion="none"), classes)
    chosen = np.arange(len(IMAGES)) % max(classes, 2)
    explanation = explain(model, IMAGES, FACTS)
    assert explanation is not None
    evidence = explanation.maps(chosen)
    assert (evidence < 0).any()
    np.testing.assert_allclose(gradcam(model, IMAGES, FACTS, chosen), np.maximum(evidence, 0) / 16, atol=1e-5)


def test_a_shift_by_the_metadata_is_no_part_of_it() -> None:
    model = build(Model(builder="dual", backbone="tiny", fusion="modulate"))
    chosen = np.array([0, 1, 2])
    before, explained = gradcam(model, IMAGES[:3], FACTS[:3], chosen), explain(model, IMAGES[:3], FACTS[:3])
    shift = model.get_layer("shift")
    shift.set_weights([weight + 0.3 for weight in shift.get_weights()])
    np.testing.assert_allclose(gradcam(model, IMAGES[:3], FACTS[:3], chosen), before, atol=1e-6)
    shifted = explain(model, IMAGES[:3], FACTS[:3])
    assert explained is not None
    assert shifted is not None
    assert not np.allclose(shifted.maps(chosen), explained.maps(chosen))


def test_a_model_without_backbone_or_evidence_has_a_map_too() -> None:
    maps = gradcam(build(Model(builder="baseline")), IMAGES[:2], FACTS[:2], np.array([0, 2]))
    assert maps.shape == (2, 14, 14)
    assert maps.min() >= 0
    assert maps.max() > 0


def test_features_are_asked_for_as_a_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Called layer by layer, every activation of the network is held to its end: gigabytes of a whole batch."""
    asked: list[int] = []
    predict = keras.Model.predict_on_batch

    def noted(model: keras.Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
        asked.append(len(inputs["image"]))
        given: np.ndarray = predict(model, inputs)
        return given

    model = build(Model(builder="dual", backbone="tiny"))
    monkeypatch.setattr(keras.Model, "predict_on_batch", noted)
    gradcam(model, IMAGES, FACTS, np.zeros(len(IMAGES), np.int64))
    assert asked == [BATCH, 2]
