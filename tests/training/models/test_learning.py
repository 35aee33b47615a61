"""Our own networks learn from scratch, from a few hundred pictures and nothing else. Minutes: `make test-learning`."""

from pathlib import Path

import pytest

from lesion.decision import DecisionSpec
from training.__main__ import main
from training.evaluate import EIGHT, evaluate
from training.predictions import Predictions

pytestmark = [pytest.mark.tensorflow, pytest.mark.learning]


@pytest.mark.parametrize("backbone", ["compact", "condenser_b"])
def test_pictures_are_told_apart_by_a_network_of_ours(backbone: str, drawn: Path, tmp_path: Path) -> None:
    directories = ["--data", str(drawn), "--cache", str(tmp_path / "cache"), "--runs", str(tmp_path)]
    options = ["--model.backbone", backbone, "--model.fusion", "none", "--fit.average", "null"]
    assert main(["train", "smoke", *directories, "--name", backbone, *options]) == 0
    predictions = Predictions.read(tmp_path / backbone / "predictions" / "calibration.npz")
    decision = DecisionSpec.model_validate_json((tmp_path / backbone / "decision.json").read_text())
    # Two of the eight are drawn alike, so 0.875 is all that a picture tells; by chance it is 0.125.
    assert evaluate(predictions, decision, EIGHT).balanced_accuracy > 0.6
