"""One contract for every model: inputs, output, saving, learning. Then what each has of its own.

That every model converts to ONNX with parity is tests/export/test_convert.py.
"""

from pathlib import Path

import keras
import numpy as np
import pytest

from lesion.diagnosis import CODES
from lesion.image import ImageSpec, prepare
from lesion.patient import MetadataSpec, encode
from training.config import NONE_OF_OURS, Config, InvalidConfig, Model
from training.drawing import draw, patient
from training.losses import LogitAdjusted
from training.models import baseline
from training.models.build import build
from training.recipes.smoke import CONFIG

pytestmark = pytest.mark.tensorflow

MODELS = {
    "baseline": (Model(builder="baseline", dropout=0), 48),
    "dual tiny": (Model(builder="dual", backbone="tiny", dropout=0), 48),
    "dual mobilenet": (Model(builder="dual", backbone="mobilenet_v2", dropout=0), 64),
}


def config(name: str) -> Config:
    model, size = MODELS[name]
    return CONFIG.model_copy(update={"model": model, "image": ImageSpec(size=size)})


def drawn(size: int) -> dict[str, np.ndarray]:
    """One drawn lesion and patient of each category."""
    rng = np.random.default_rng(0)
    images = np.stack([prepare(draw(code, (size, size), rng), ImageSpec(size=size)) for code in CODES])
    return {"image": images, "metadata": np.stack([encode(patient(code, rng), MetadataSpec()) for code in CODES])}


@pytest.mark.parametrize("name", MODELS)
def test_contract(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    options = config(name)
    model = build(options, len(CODES), tmp_path, tmp_path)
    assert [(part.name, part.dtype, part.shape[1:]) for part in model.inputs] == [
        ("image", "uint8", (options.image.size, options.image.size, 3)),
        ("metadata", "float32", (options.metadata.width,)),
    ]
    assert model.output.shape == (None, len(CODES))

    inputs = drawn(options.image.size)
    model.compile(keras.optimizers.Adam(3e-3), LogitAdjusted([1 / 8] * 8))
    model.fit(inputs, np.eye(8), batch_size=8, epochs=60, verbose=0)
    learned = np.asarray(model(inputs, training=True))
    assert (learned.argmax(axis=1) == np.arange(8)).all(), "eight images must be learned by heart"

    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(inputs), model(inputs), atol=1e-5)


def test_the_seed_network_has_exactly_its_parameters() -> None:
    spec = MetadataSpec(sexes=("female",), sites=())
    assert spec.width == 5
    model = baseline.build(Model(builder="baseline"), ImageSpec(size=224), spec, classes=1)
    assert model.count_params() == 11_965_953


def test_dual_starts_without_any_opinion_from_the_metadata(tmp_path: Path) -> None:
    model = build(config("dual tiny"), len(CODES), tmp_path, tmp_path)
    inputs = drawn(48)
    other = {**inputs, "metadata": inputs["metadata"][::-1]}
    np.testing.assert_allclose(model(inputs), model(other), atol=1e-6)


def test_the_weights_of_another_run_are_taken_over(tmp_path: Path) -> None:
    parent = build(config("dual tiny"), len(CODES), tmp_path, tmp_path)
    (tmp_path / "parent").mkdir()
    parent.save(tmp_path / "parent" / "best.keras")
    options = config("dual tiny")
    larger = options.model_copy(
        update={"image": ImageSpec(size=64), "model": options.model.model_copy(update={"weights": "run:parent"})}
    )
    child = build(larger, len(CODES), tmp_path, tmp_path)
    assert child.input_shape != parent.input_shape
    for mine, theirs in zip(child.get_weights(), parent.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_weights_of_a_run_that_does_not_fit_are_refused(tmp_path: Path) -> None:
    (tmp_path / "parent").mkdir()
    build(config("dual tiny"), len(CODES), tmp_path, tmp_path).save(tmp_path / "parent" / "best.keras")
    options = config("dual mobilenet")
    other = options.model_copy(update={"model": options.model.model_copy(update={"weights": "run:parent"})})
    with pytest.raises(InvalidConfig, match=r"parent do not fit dual\. Layers of the same name and shapes"):
        build(other, len(CODES), tmp_path, tmp_path)
    gone = options.model_copy(update={"model": options.model.model_copy(update={"weights": "run:gone"})})
    with pytest.raises(FileNotFoundError, match=r"No finished run at .*gone"):
        build(gone, len(CODES), tmp_path, tmp_path)


def test_missing_initial_weights_are_named(tmp_path: Path) -> None:
    options = config("dual mobilenet").model_copy(
        update={"model": Model(builder="dual", weights="pretrained/nothing.weights.h5", weights_saw=NONE_OF_OURS)}
    )
    with pytest.raises(FileNotFoundError, match=r"No initial weights at .*nothing.weights.h5"):
        build(options, len(CODES), tmp_path, tmp_path)
