"""The command's own checks: none of these searches comes to its first trial."""

import json
from pathlib import Path

import pytest

from training.__main__ import main


def tune(directory: Path, *arguments: str) -> int:
    return main(["tune", "smoke", "--tunings", str(directory), *arguments])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fit.patience", "0"], "patience"),
        (["--fit.wait", "3"], "No field '--fit.wait'"),
        (["--method", "hyperband", "--trials", "4"], "Hyperband counts its own trials"),
        (["--chief", "here"], "Expected HOST:PORT"),
        (["--worker", "here:7000", "chief-2"], "must not hold the word chief"),
        (["--space", "nowhere.json"], "nowhere.json"),
    ],
)
def test_what_cannot_be_searched_is_told_at_once(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(tmp_path, *arguments) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_space_of_ones_own_is_checked_against_the_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "space.json"
    file.write_text(json.dumps({"space": {"model.depth": {"kind": "integers", "low": 1, "high": 3}}}))
    assert tune(tmp_path, "--space", str(file)) == 1
    assert "No field '--model.depth'" in capsys.readouterr().err


@pytest.mark.tensorflow
def test_a_winner_must_be_of_the_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    winner = tmp_path / "winner.json"
    winner.write_text(json.dumps({"recipe": "starter", "overrides": {}}))
    assert main(["train", "smoke", "--winner", str(winner)]) == 1
    assert "Expected smoke. Received starter" in capsys.readouterr().err
