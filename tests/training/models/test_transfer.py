"""What a child takes from its parent goes by name: whatever is moved, added or left out, nothing is shifted."""

from pathlib import Path

import keras
import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec, Patient, encode
from training.config import Config, ExtraCategory, InvalidConfig
from training.models.build import build
from training.models.transfer import categories
from training.options.model import Model
from training.recipes.smoke import CONFIG

pytestmark = pytest.mark.tensorflow

LENTIGO = ExtraCategory(code="LENTIGO", name="Solar lentigo", malignant=False)
SCAR = ExtraCategory(code="SCAR", name="Scar", malignant=False)
PATIENTS = [
    Patient(age=70, sex="male", site="head/neck"),
    Patient(age=None, sex="other", site="oral/genital"),
    Patient(age=31, sex="female", site=None),
    Patient(age=5, sex=None, site="lateral torso"),
]
MODELS = {
    "modulate": Model(builder="dual", backbone="tiny"),
    "concatenate": Model(builder="dual", backbone="tiny", fusion="concatenate"),
    "none": Model(builder="dual", backbone="tiny", fusion="none"),
    "baseline": Model(builder="baseline"),
}


def config(model: Model = MODELS["modulate"], **changes: object) -> Config:
    return CONFIG.model_copy(update={"image": ImageSpec(size=32), "model": model, **changes})


def parent(runs: Path, options: Config) -> keras.Model:
    """A finished run `parent`, every weight of its model drawn: nothing is zero, as it is before training."""
    keras.utils.set_random_seed(1)
    model = build(options, runs, runs)
    rng = np.random.default_rng(2)
    model.set_weights([weight + rng.uniform(-0.05, 0.05, weight.shape) for weight in model.get_weights()])
    run = runs / "parent"
    run.mkdir()
    model.save(run / "best.keras")
    (run / "config.json").write_text(options.model_dump_json())
    (run / "decision.json").write_text(DecisionSpec(temperature=1.0).model_dump_json())
    return model


def child(runs: Path, options: Config) -> keras.Model:
    update = {"model": options.model.model_copy(update={"weights": "run:parent"})}
    return build(options.model_copy(update=update), runs, runs)


def answers(model: keras.Model, options: Config) -> np.ndarray:
    """Logits (4, C) of four random pictures, of patients each model encodes its own way."""
    size = options.image.size
    images = np.random.default_rng(3).integers(0, 256, (len(PATIENTS), size, size, 3), np.uint8)
    metadata = np.stack([encode(patient, options.metadata) for patient in PATIENTS])
    return np.asarray(model({"image": images, "metadata": metadata}))


@pytest.mark.parametrize("name", MODELS)
def test_old_categories_answer_as_the_parent_did_and_new_ones_never_win(name: str, tmp_path: Path) -> None:
    before = config(MODELS[name])
    told = answers(parent(tmp_path, before), before)
    after = config(MODELS[name], extra_categories=(LENTIGO, SCAR))
    extended = answers(child(tmp_path, after), after)
    np.testing.assert_allclose(extended[:, :8], told, atol=1e-5)
    np.testing.assert_allclose(extended[:, 8:], told.mean(axis=1, keepdims=True).repeat(2, axis=1), atol=1e-5)
    assert (extended.argmax(axis=1) == told.argmax(axis=1)).all()


def test_extra_categories_are_found_by_their_code_wherever_they_stand(tmp_path: Path) -> None:
    before = config(extra_categories=(LENTIGO, SCAR))
    told = answers(parent(tmp_path, before), before)
    after = config(extra_categories=(SCAR, LENTIGO))
    np.testing.assert_allclose(answers(child(tmp_path, after), after)[:, [0, 9, 8]], told[:, [0, 8, 9]], atol=1e-5)
    fewer = config(extra_categories=(SCAR,))
    np.testing.assert_allclose(answers(child(tmp_path, fewer), fewer)[:, 8], told[:, 9], atol=1e-5)


@pytest.mark.parametrize("name", ["modulate", "concatenate", "baseline"])
def test_metadata_columns_are_found_by_name_and_new_ones_read_as_unknown(name: str, tmp_path: Path) -> None:
    before = config(MODELS[name], metadata=MetadataSpec(sites=("oral/genital", "head/neck", "upper extremity")))
    told = answers(parent(tmp_path, before), before)
    # Other columns in another order, and ages in other units: to the parent, "other" and "lateral torso" were unknown.
    spec = MetadataSpec(
        sexes=("other", "male", "female"), sites=("head/neck", "lateral torso", "oral/genital"), age_scale_years=50
    )
    after = config(MODELS[name], metadata=spec)
    np.testing.assert_allclose(answers(child(tmp_path, after), after), told, atol=1e-4)


def test_malignancy_starts_as_the_malignant_categories_less_the_others(tmp_path: Path) -> None:
    before = config()
    told = answers(parent(tmp_path, before), before)
    after = config(target="malignancy")
    malignant = np.array(before.malignant)
    expected = told[:, malignant].mean(axis=1) - told[:, ~malignant].mean(axis=1)
    np.testing.assert_allclose(answers(child(tmp_path, after), after)[:, 0], expected, atol=1e-5)


def test_who_knows_only_malignancy_gives_all_but_the_head(tmp_path: Path) -> None:
    before, after = config(target="malignancy"), config()
    assert categories(before, after) is None
    old = {layer.name: layer.get_weights() for layer in parent(tmp_path, before).layers}
    taken = child(tmp_path, after)
    for layer in ("backbone", "mix", "gain", "shift"):
        for mine, theirs in zip(taken.get_layer(layer).get_weights(), old[layer], strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert taken.output.shape == (None, len(CODES))
    assert (taken.get_layer("logits").get_weights()[0] == 0).all()


def test_behind_another_fusion_the_backbone_alone_is_taken(tmp_path: Path) -> None:
    old = parent(tmp_path, config(MODELS["modulate"]))
    taken = child(tmp_path, config(MODELS["none"]))
    for mine, theirs in zip(
        taken.get_layer("backbone").get_weights(), old.get_layer("backbone").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
    # It has the parent's shape, and read other features.
    assert np.abs(taken.get_layer("evidence").get_weights()[0] - old.get_layer("evidence").get_weights()[0]).max() > 0.1


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    parent(tmp_path, config(MODELS["baseline"]))
    with pytest.raises(InvalidConfig, match=r"of another network\. Expected dual, tiny\. Received baseline"):
        child(tmp_path, config(MODELS["modulate"]))
    larger = config(MODELS["baseline"], image=ImageSpec(size=48))
    with pytest.raises(InvalidConfig, match=r"\['joint'\] have other shapes.* Expected 48\. Received 32"):
        child(tmp_path, larger)


def test_a_run_must_be_finished_and_of_this_version(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"No finished run at .*parent\. Expected config.json, best.keras, "):
        child(tmp_path, config())
    parent(tmp_path, config())
    (tmp_path / "parent" / "config.json").write_text('{"name": "old"}')
    with pytest.raises(InvalidConfig, match="is no config of this version of the program"):
        child(tmp_path, config())
