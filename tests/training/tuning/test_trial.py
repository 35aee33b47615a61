"""A real trial, small: it is the one fit, and it sees train and validation alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training import history
from training.config import Config, recipe
from training.errors import InvalidData
from training.overrides import override
from training.tuning.trial import Trainer

pytestmark = pytest.mark.tensorflow
SHORT = override(recipe("smoke"), ["--fit.phases.0.epochs", "2", "--image.size", "32"])


def trainer(drawn: Path, tmp_path: Path) -> Trainer:
    return Trainer(drawn, tmp_path / "cache", tmp_path / "runs")


def test_a_trial_sees_train_and_validation_alone(drawn: Path, tmp_path: Path) -> None:
    train = trainer(drawn, tmp_path)
    opened = train.open(SHORT)
    blind = np.array(opened.pixels)
    for part in ("calibration", "test"):
        blind[opened.part(part)[0]] = 0
    first = train(SHORT, tmp_path / "first")
    (tmp_path / "blind").mkdir()
    (tmp_path / "blind" / "history.csv").write_text("epoch,left\n0,by an attempt that saved no state\n")
    seen = Trainer(drawn, tmp_path / "cache", tmp_path / "runs", [replace(opened, pixels=blind)])
    assert seen(SHORT, tmp_path / "blind") == first
    rows = history.read(tmp_path / "first")
    assert first.score == max(row["val_balanced_accuracy"] for row in rows)
    assert first.epochs == len(rows) == 2
    assert {path.name for path in (tmp_path / "first").iterdir()} == {"config.json", "history.csv"}
    assert Config.model_validate_json((tmp_path / "first" / "config.json").read_bytes()) == SHORT


def test_data_are_opened_again_for_other_pixels_only(drawn: Path, tmp_path: Path) -> None:
    train = trainer(drawn, tmp_path)
    first = train.open(SHORT)
    dropped = override(SHORT, ["--model.dropout", "0.5"])
    assert train.open(dropped).pixels is first.pixels
    assert train.open(dropped).config == dropped
    assert train.open(override(SHORT, ["--image.size", "24"])).pixels.shape[1] == 24
    assert len(train.opened) == 2


def test_a_trial_passes_the_leakage_gate_with_all_its_parents(drawn: Path, tmp_path: Path) -> None:
    with pytest.raises((InvalidData, OSError), match="gone"):
        trainer(drawn, tmp_path)(override(SHORT, ["--parents", '["gone"]']), tmp_path / "trial")
    assert not (tmp_path / "trial").exists()
