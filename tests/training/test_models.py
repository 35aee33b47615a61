"""One contract for every model: inputs, output, saving, learning. Then what each has of its own.

That every model converts to ONNX with parity is tests/export/test_convert.py.
"""

from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CATEGORIES, CODES
from lesion.image import ImageSpec, prepare
from lesion.patient import MetadataSpec, encode
from training.config import Config, InvalidConfig
from training.drawing import draw, patient
from training.losses import LogitAdjusted
from training.models import baseline
from training.models.build import build
from training.options.model import NONE_OF_OURS, Backbone, Model
from training.recipes.smoke import CONFIG

pytestmark = pytest.mark.tensorflow

DEAR = pytest.mark.learning
SMALL = {"compact", "plain", "tiny"}
"""Backbones that learn eight images in seconds. The others do it under `make test-learning`."""
LIKE_ANOTHER = {"condenser_a", "efficientnet_v2_b1", "efficientnet_v2_b2", "efficientnet_v2_b3"}
"""Backbones that differ from another only in size: `make test-learning` builds these."""
BACKBONES: tuple[Backbone, ...] = get_args(Backbone)
MODELS: dict[str, Model] = {
    "baseline": Model(builder="baseline", dropout=0),
    "baseline of malignancy": Model(builder="baseline", dropout=0),
    "concatenate": Model(builder="dual", backbone="tiny", fusion="concatenate", dropout=0),
    "none": Model(builder="dual", backbone="tiny", fusion="none", dropout=0),
    "none of malignancy": Model(builder="dual", backbone="tiny", fusion="none", dropout=0),
    **{str(name): Model(builder="dual", backbone=name, dropout=0) for name in BACKBONES},
}
SIZES = {"mobilenet_v2": 64}
MALIGNANT = np.array([[category.malignant] for category in CATEGORIES], np.float32)


def config(name: str) -> Config:
    """Of a model at 48 px, unless it needs more."""
    target = "malignancy" if name.endswith("malignancy") else "category"
    image = ImageSpec(size=SIZES.get(name, 48))
    return CONFIG.model_copy(update={"model": MODELS[name], "image": image, "target": target})


def drawn(size: int) -> dict[str, np.ndarray]:
    """One drawn lesion and patient of each category."""
    rng = np.random.default_rng(0)
    images = np.stack([prepare(draw(code, (size, size), rng), ImageSpec(size=size)) for code in CODES])
    return {"image": images, "metadata": np.stack([encode(patient(code, rng), MetadataSpec()) for code in CODES])}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[DEAR] if name in LIKE_ANOTHER else []) for name in MODELS])
def test_contract(name: str, tmp_path: Path) -> None:
    options = config(name)
    model = build(options, tmp_path, tmp_path)
    assert [(part.name, part.dtype, part.shape[1:]) for part in model.inputs] == [
        ("image", "uint8", (options.image.size, options.image.size, 3)),
        ("metadata", "float32", (options.metadata.width,)),
    ]
    assert model.output.shape == (None, options.outputs)
    assert model.output.dtype == "float32"

    inputs = drawn(options.image.size)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(inputs), model(inputs), atol=1e-5)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[DEAR] if name in set(BACKBONES) - SMALL else []) for name in MODELS]
)
def test_eight_images_are_learned_by_heart(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    options = config(name)
    model = build(options, tmp_path, tmp_path)
    inputs, binary = drawn(options.image.size), options.outputs == 1
    targets = MALIGNANT if binary else np.eye(8, dtype=np.float32)
    model.compile(keras.optimizers.Adam(3e-3), LogitAdjusted([0.5] * 2 if binary else [1 / 8] * 8))
    model.fit(inputs, targets, batch_size=8, epochs=40, verbose=0)
    learned = np.asarray(model(inputs, training=True))
    assert ((learned > 0) == targets).all() if binary else (learned.argmax(axis=1) == np.arange(8)).all()


def test_the_seed_network_has_exactly_its_parameters() -> None:
    spec = MetadataSpec(sexes=("female",), sites=())
    assert spec.width == 5
    model = baseline.build(Model(builder="baseline"), ImageSpec(size=224), spec, classes=1)
    assert model.count_params() == 11_965_953


def test_dual_starts_without_any_opinion_from_the_metadata(tmp_path: Path) -> None:
    model = build(config("tiny"), tmp_path, tmp_path)
    inputs = drawn(48)
    other = {**inputs, "metadata": inputs["metadata"][::-1]}
    np.testing.assert_allclose(model(inputs), model(other), atol=1e-6)


def finished(run: Path, options: Config) -> keras.Model:
    """An untrained model in the folder of a finished run."""
    run.mkdir()
    model = build(options, run.parent, run.parent)
    model.save(run / "best.keras")
    (run / "config.json").write_text(options.model_dump_json())
    (run / "decision.json").write_text(DecisionSpec(temperature=1.0).model_dump_json())
    return model


def test_the_weights_of_another_run_are_taken_over(tmp_path: Path) -> None:
    parent = finished(tmp_path / "parent", config("tiny"))
    options = config("tiny")
    larger = options.model_copy(
        update={"image": ImageSpec(size=64), "model": options.model.model_copy(update={"weights": "run:parent"})}
    )
    child = build(larger, tmp_path, tmp_path)
    assert child.input_shape != parent.input_shape
    for mine, theirs in zip(child.get_weights(), parent.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_weights_of_a_run_that_does_not_fit_are_refused(tmp_path: Path) -> None:
    finished(tmp_path / "parent", config("tiny"))
    options = config("mobilenet_v2")
    other = options.model_copy(update={"model": options.model.model_copy(update={"weights": "run:parent"})})
    with pytest.raises(InvalidConfig, match=r"another network\. Expected dual, mobilenet_v2\. Received dual, tiny"):
        build(other, tmp_path, tmp_path)
    gone = options.model_copy(update={"model": options.model.model_copy(update={"weights": "run:gone"})})
    with pytest.raises(FileNotFoundError, match=r"No finished run at .*gone"):
        build(gone, tmp_path, tmp_path)


def test_missing_initial_weights_are_named(tmp_path: Path) -> None:
    options = config("mobilenet_v2").model_copy(
        update={"model": Model(builder="dual", weights="pretrained/nothing.weights.h5", weights_saw=NONE_OF_OURS)}
    )
    with pytest.raises(FileNotFoundError, match=r"No initial weights at .*nothing.weights.h5"):
        build(options, tmp_path, tmp_path)
