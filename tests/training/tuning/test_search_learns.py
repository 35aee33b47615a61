"""Real searches over drawn lesions: the winner is better than a bad default, killed or shared they end alike."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT
from training import history
from training.__main__ import main

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.learning,
    # Keras Tuner 1.4.8 asks for the thread's name in the old way.
    pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning"),
]
RATES = (1e-5, 5e-3, 2e-2)
"""The first is the bad default."""
EPOCHS = ("--fit.phases.0.epochs", "4")


def command(drawn: Path, directory: Path, *arguments: str) -> list[str]:
    """Tune the learning rate of the recipe smoke by grid search."""
    space = directory / "space.json"
    space.write_text(json.dumps({"space": {"fit.phases.0.learning_rate": {"kind": "choice", "values": RATES}}}))
    places = {"data": drawn, "cache": directory / "cache", "runs": directory / "runs", "tunings": directory}
    pairs = [text for name, path in places.items() for text in (f"--{name}", str(path))]
    return ["tune", "smoke", "--method", "grid", "--name", "found", "--space", str(space), *pairs, *EPOCHS, *arguments]


def scores(directory: Path) -> list[tuple[str, str, float]]:
    with (directory / "found" / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["trial"], row["fit.phases.0.learning_rate"], float(row["balanced_accuracy"])) for row in rows]


@pytest.fixture(scope="module")
def whole(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search that nothing disturbed."""
    directory = tmp_path_factory.mktemp("whole")
    assert main(command(drawn, directory)) == 0
    return directory


def test_the_winner_beats_a_bad_default_and_is_the_same_as_a_run(whole: Path, drawn: Path) -> None:
    winner = json.loads((whole / "found" / "winner.json").read_text())
    bad = scores(whole)[0][2]
    assert bad < 0.3
    assert winner["score"] > bad + 0.4
    places = ["--data", str(drawn), "--cache", str(whole / "cache"), "--runs", str(whole / "runs")]
    assert main(["train", "smoke", "--winner", str(whole / "found" / "winner.json"), *places]) == 0
    rows = history.read(whole / "runs" / "smoke")
    assert max(row["val_balanced_accuracy"] for row in rows) == pytest.approx(winner["score"], abs=1e-6)
    report = json.loads((whole / "runs" / "smoke" / "report" / "report.json").read_text())
    assert report["part"] == "calibration"


def test_killed_in_the_middle_of_a_trial_it_goes_on_to_the_same_end(whole: Path, drawn: Path, tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "training", *command(drawn, tmp_path)]
    with subprocess.Popen(
        arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        first_is_done = False
        for line in process.stdout:
            first_is_done = first_is_done or line.startswith("trial 0000 completed")
            if first_is_done and line.startswith("epoch 2/4:"):
                process.kill()
                break
    assert process.returncode == -9
    trials = tmp_path / "found" / "trials"
    kept = (trials / "0000" / "history.csv").stat().st_mtime_ns
    assert 1 <= len(history.read(trials / "0001")) < 4
    assert main(command(drawn, tmp_path)) == 0
    assert (trials / "0000" / "history.csv").stat().st_mtime_ns == kept
    assert scores(tmp_path) == scores(whole)


def test_two_workers_and_their_chief_find_the_same(whole: Path, drawn: Path, tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "training", *command(drawn, tmp_path), "--processes", "2"]
    told = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    shared = scores(tmp_path)
    assert [row[:2] for row in shared] == [row[:2] for row in scores(whole)]
    # Sums of several threads come in another order.
    assert [row[2] for row in shared] == pytest.approx([row[2] for row in scores(whole)], abs=0.1)
    events = [json.loads(line) for line in (tmp_path / "found" / "journal.jsonl").read_text().splitlines()]
    assert {event["worker"] for event in events if event["event"] == "begun"} == {"worker-1", "worker-2"}
    assert "as a run: python -m training train smoke" in told.stdout
