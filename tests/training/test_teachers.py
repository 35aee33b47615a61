"""Who may teach, and how a model's last feature map is found."""

from pathlib import Path

import keras
import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.config import Config, ExtraCategory, InvalidConfig
from training.models.build import build
from training.options.distillation import Distillation
from training.options.fit import Loss
from training.options.model import Model
from training.recipes.smoke import CONFIG
from training.teachers import find, reader

pytestmark = pytest.mark.tensorflow

STUDENT = CONFIG.model_copy(update={"distillation": Distillation(teachers=("first", "second"))})
EXTRA = ExtraCategory(code="SCAR", name="Scar", malignant=False)


def finish(run: Path, config: Config) -> None:
    run.mkdir(parents=True)
    (run / "best.keras").touch()
    (run / "config.json").write_text(config.model_dump_json())
    (run / "decision.json").write_text(DecisionSpec(temperature=1.0).model_dump_json())


def with_loss(config: Config, **changes: object) -> Config:
    return config.model_copy(update={"fit": config.fit.model_copy(update={"loss": Loss.model_validate(changes)})})


def test_teachers_are_found_in_the_order_given_whatever_their_network(tmp_path: Path) -> None:
    finish(tmp_path / "second", CONFIG)
    finish(
        tmp_path / "first", CONFIG.model_copy(update={"model": Model(builder="baseline"), "image": ImageSpec(size=96)})
    )
    assert [teacher.name for teacher in find(STUDENT, tmp_path)] == ["first", "second"]
    assert find(CONFIG, tmp_path) == []


def test_an_unfinished_run_is_refused(tmp_path: Path) -> None:
    finish(tmp_path / "first", CONFIG)
    finish(tmp_path / "second", CONFIG)
    (tmp_path / "second" / "decision.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"No finished run at .*second\. Expected decision.json there"):
        find(STUDENT, tmp_path)


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        ({"target": "malignancy"}, r"other target\. Expected category\. Received malignancy"),
        ({"extra_categories": (EXTRA,)}, r"other categories\. Expected .*'SCC'\)\. Received .*'SCAR'\)"),
        ({"metadata": MetadataSpec(sites=("head/neck",))}, "other metadata columns"),
        ({"metadata": MetadataSpec(age_scale_years=50)}, r"other age scale\. Expected 100.0\. Received 50.0"),
    ],
)
def test_who_answers_another_question_is_refused(theirs: dict[str, object], message: str, tmp_path: Path) -> None:
    finish(tmp_path / "first", CONFIG.model_copy(update=theirs))
    finish(tmp_path / "second", CONFIG)
    with pytest.raises(InvalidConfig, match=rf"first cannot teach smoke: {message}"):
        find(STUDENT, tmp_path)


def test_answers_for_other_frequencies_of_the_categories_are_refused(tmp_path: Path) -> None:
    finish(tmp_path / "first", with_loss(CONFIG, kind="focal"))
    finish(tmp_path / "second", with_loss(CONFIG, kind="cross_entropy"))
    with pytest.raises(InvalidConfig, match=r"other frequencies .* Expected equal .* Received those of batches"):
        find(STUDENT, tmp_path)
    pupil = with_loss(STUDENT, kind="cross_entropy")
    assert len(find(pupil, tmp_path)) == 2
    even = pupil.model_copy(update={"pipeline": pupil.pipeline.model_copy(update={"balance": 1.0})})
    with pytest.raises(InvalidConfig, match=r"drawn with balance 1.0\. Received .* balance 0.5"):
        find(even, tmp_path)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (Model(builder="dual", backbone="tiny"), (3, 3, 64)),
        (Model(builder="dual", backbone="tiny", fusion="none"), (3, 3, 64)),
        (Model(builder="baseline"), (10, 10, 64)),
    ],
)
def test_the_last_feature_map_is_the_same_after_saving(
    model: Model, shape: tuple[int, int, int], tmp_path: Path
) -> None:
    config = CONFIG.model_copy(update={"model": model, "image": ImageSpec(size=48)})
    built = build(config, tmp_path, tmp_path)
    built.save(tmp_path / "best.keras")
    given = {
        "image": np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), np.uint8),
        "metadata": np.zeros((2, config.metadata.width), np.float32),
    }
    logits, features = reader(built)(given)
    assert features.shape == (2, *shape)
    np.testing.assert_allclose(logits, built(given), atol=1e-6)
    again = reader(keras.saving.load_model(tmp_path / "best.keras"))
    np.testing.assert_allclose(again(given)[1], features, atol=1e-5)
