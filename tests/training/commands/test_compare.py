"""Runs side by side, read from their folders."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from tests.training.evaluation.trials import SPEC, draw
from training.commands import compare
from training.config import recipe
from training.errors import InvalidData
from training.evaluation.answers import Answers
from training.evaluation.classification import classification
from training.evaluation.paired import paired
from training.evaluation.side_by_side import SideBySide

pytestmark = pytest.mark.tensorflow


def write(run: Path, answers: Answers, part: str = "calibration") -> Path:
    """A finished run, as far as it is read here: the model is not."""
    answers.predictions.write(run / "predictions" / f"{part}.npz")
    (run / "config.json").write_text(recipe("smoke").model_dump_json())
    (run / "decision.json").write_text(SPEC.model_dump_json())
    (run / "best.keras").touch()
    return run


def run(*arguments: object) -> None:
    parser = argparse.ArgumentParser()
    compare.add(parser.add_subparsers())
    options = parser.parse_args(["compare", *map(str, arguments)])
    options.run(options)


def test_runs_stand_beside_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    better, worse = draw(300, seed=1), draw(300, seed=1, noise=1.5)
    runs = write(tmp_path / "better", better), write(tmp_path / "worse", worse)
    run(*runs, "--part", "calibration", "--out", tmp_path / "told" / "compared.json")
    told = SideBySide.model_validate_json((tmp_path / "told" / "compared.json").read_bytes())
    assert [side.name for side in told.sides] == ["better", "worse"]
    assert told.images == 300
    assert told.lesions == len(set(better.predictions.lesion_id.tolist()))
    assert told.sides[0].balanced_accuracy == classification(better).even.balanced_accuracy
    assert told.sides[0].against is None
    assert told.sides[1].against == paired(worse, better)
    printed = capsys.readouterr().out
    assert "| better | 0." in printed
    assert "| less better |" in printed
    assert "< 0.001" in printed


def test_another_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write(tmp_path / str(place), draw(80, seed=2, noise=float(place)), "test") for place in range(3)]
    run(*runs, "--baseline", runs[1])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines if line.startswith(("| 0 ", "| 1 ", "| 2 "))] == [
        "| 1",
        "| 0",
        "| 2",
        "| 0",
        "| 2",
    ]


def test_images_in_another_order_are_the_same_images(tmp_path: Path) -> None:
    given = draw(80, seed=3)
    turned = given.take(np.arange(80)[::-1])
    out = tmp_path / "compared.json"
    run(write(tmp_path / "a", given, "test"), write(tmp_path / "b", turned, "test"), "--out", out)
    against = SideBySide.model_validate_json(out.read_bytes()).sides[1].against
    assert against is not None
    assert against.even.accuracy.value == 0
    assert against.even.accuracy.p_value == 1


def test_other_images_are_refused_by_the_names_of_both_runs(tmp_path: Path) -> None:
    given = draw(80, seed=4)
    runs = write(tmp_path / "all", given), write(tmp_path / "some", given.take(np.arange(60)))
    with pytest.raises(InvalidData, match=r"all and some cannot be compared on calibration\. .*80 and 60 images"):
        run(*runs, "--part", "calibration")


def test_a_part_that_is_still_shut(tmp_path: Path) -> None:
    runs = [write(tmp_path / name, draw(60, seed=5)) for name in "ab"]
    with pytest.raises(InvalidData, match="has not answered its test part"):
        run(*runs)


def test_one_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    only = write(tmp_path / "only", draw(60, seed=6))
    with pytest.raises(InvalidData, match="two runs or more"):
        run(only, only, "--part", "calibration")


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="No finished run"):
        run(write(tmp_path / "a", draw(60, seed=7), "test"), tmp_path / "nowhere")


def test_runs_of_one_name_are_told_by_their_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write(tmp_path / folder / "same", draw(60, seed=8), "test") for folder in ("x", "y")]
    run(*runs)
    assert f"| less {runs[0]} |" in capsys.readouterr().out


def test_a_difference_that_every_draw_gives_has_no_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From +0.000 to +0.000 would read as if it were known exactly."""
    given = draw(60, seed=9)
    run(*(write(tmp_path / name, given, "test") for name in "ab"))
    assert "| b | +0.000 | 1.000 | +0.000 | 1.000 |" in capsys.readouterr().out
