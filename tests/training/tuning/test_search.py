"""Whole searches in this process, whose trials are a formula instead of a training run."""

import csv
import json
from pathlib import Path

import pytest
from filelock import FileLock

from tests.training.tuning.plans import FUSION, RATE, Formula, plan
from training.config import Config, InvalidConfig
from training.tuning.journal import Begun, Ended, Journal
from training.tuning.oracle import Limits
from training.tuning.outcome import Outcome, Result
from training.tuning.plan import Method, Plan
from training.tuning.search import FailedSearch, search
from training.tuning.space import Choice, LogUniform, Search, Uniform

pytestmark = [
    pytest.mark.tensorflow,
    # Keras Tuner 1.4.8 asks for the thread's name in the old way.
    pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning"),
]
TRIALS: dict[Method, int | None] = {"grid": None, "random": 8, "bayesian": 6, "hyperband": None}


class Killed(BaseException):
    """What a process that is killed in a trial looks like to what is on disk."""


class KilledAt(Formula):
    """Is killed in one trial, each time it is run."""

    def __init__(self, trial: str) -> None:
        super().__init__()
        self.trial = trial

    def __call__(self, config: Config, directory: Path) -> Result:
        result = super().__call__(config, directory)
        if directory.name == self.trial:
            raise Killed
        return result


class Failing(Formula):
    """Fails above a learning rate, as training does."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.limit = limit

    def __call__(self, config: Config, directory: Path) -> Result:
        result = super().__call__(config, directory)
        if config.fit.phases[0].learning_rate > self.limit:
            raise FloatingPointError("The loss is nan after step 3.")
        return result


def silent(line: str) -> None:
    assert line.startswith("trial ")


def outcomes(directory: Path) -> dict[str, Outcome]:
    return {event.trial: event.outcome for event in Journal(directory).events() if isinstance(event, Ended)}


def table(directory: Path) -> list[dict[str, str]]:
    with (directory / "results.csv").open(newline="") as file:
        return [{name: text for name, text in row.items() if name != "seconds"} for row in csv.DictReader(file)]


@pytest.mark.parametrize("method", TRIALS)
def test_every_method_finds_what_is_best(method: Method, tmp_path: Path) -> None:
    run = Formula()
    told = search(plan(method), tmp_path, run, Limits(TRIALS[method]), silent)
    winner = json.loads((tmp_path / "winner.json").read_text())
    assert winner["score"] > 0.8
    assert winner["overrides"][FUSION] == "modulate"
    assert 3e-4 < winner["overrides"][RATE] < 3e-3
    assert told.splitlines()[2].startswith(f"| {winner['trial']} |")
    assert told.endswith(winner["command"])
    assert len(run.ran) == len(set(run.ran)) == len(table(tmp_path)) == (TRIALS[method] or len(run.ran))
    assert (tmp_path / "results.png").is_file()


def test_a_grid_is_every_combination_once(tmp_path: Path) -> None:
    search(plan("grid"), tmp_path, Formula(), Limits(), silent)
    tried = [(float(row[RATE]), row[FUSION]) for row in table(tmp_path)]
    fusions = ("none", "modulate", "concatenate")
    assert tried == [(rate, fusion) for rate in (1e-4, 1e-3, 1e-2) for fusion in fusions]


def test_hyperband_gives_more_epochs_to_fewer(tmp_path: Path) -> None:
    search(plan("hyperband"), tmp_path, Formula(), Limits(), silent)
    rows = table(tmp_path)
    counts = {budget: sum(row["budget"] == budget for row in rows) for budget in ("3", "7", "20")}
    assert counts["3"] > counts["7"] >= counts["20"] > 0
    assert sum(counts.values()) == len(rows)
    assert all(row["epochs"] == row["budget"] for row in rows)
    third = sorted((row for row in rows if row["budget"] == "3"), key=lambda row: -float(row["balanced_accuracy"]))
    promoted = {(row[RATE], row[FUSION]) for row in rows if row["budget"] != "3"}
    assert (third[0][RATE], third[0][FUSION]) in promoted


@pytest.mark.parametrize("method", TRIALS)
def test_a_killed_search_goes_on_to_the_same_end(method: Method, tmp_path: Path) -> None:
    whole, broken, limits = tmp_path / "whole", tmp_path / "broken", Limits(TRIALS[method])
    rates = Search(space={RATE: LogUniform(low=1e-4, high=1e-2, points=6)})  # one field: Bayesian search draws thrice
    expected = Formula()
    search(plan(method, rates), whole, expected, limits, silent)
    killed, resumed = KilledAt("0004"), Formula()
    with pytest.raises(Killed):
        search(plan(method, rates), broken, killed, limits, silent)
    search(plan(method, rates), broken, resumed, limits, silent)
    assert killed.ran == expected.ran[:5]
    assert resumed.ran == expected.ran[4:]
    assert table(broken) == table(whole)
    assert (broken / "winner.json").read_text() == (whole / "winner.json").read_text()


def test_a_finished_search_tells_its_table_and_runs_nothing(tmp_path: Path) -> None:
    told = search(plan(), tmp_path, Formula(), Limits(3), silent)
    again = Formula()
    assert search(plan(), tmp_path, again, Limits(3), silent) == told
    assert again.ran == []
    search(plan(), tmp_path, again, Limits(5), silent)
    assert again.ran == ["0003", "0004"]


def test_a_failed_trial_is_told_with_its_reason(tmp_path: Path) -> None:
    lines: list[str] = []
    search(plan("grid"), tmp_path, Failing(limit=5e-3), Limits(), lines.append)
    failed = [row for row in table(tmp_path) if row["status"] == "failed"]
    assert [row["trial"] for row in failed] == ["0006", "0007", "0008"]
    assert {row["reason"] for row in failed} == {"FloatingPointError: The loss is nan after step 3."}
    assert "The loss is nan" in lines[-1]
    assert "raise FloatingPointError" in (tmp_path / "trials" / "0008" / "failure.txt").read_text()


def test_values_that_clash_fail_their_trial_alone(tmp_path: Path) -> None:
    clashing = Search(
        space={
            "fit.phases.0.epochs": Choice(values=(2, 20)),
            "fit.phases.0.warmup_epochs": Choice(values=(1, 5)),
        }
    )
    search(plan("grid", clashing), tmp_path, Formula(), Limits(), silent)
    rows = table(tmp_path)
    assert [row["status"] for row in rows] == ["completed", "failed", "completed", "completed"]
    assert "longer than its phase" in rows[1]["reason"]


def test_a_score_that_is_no_number_is_a_failure(tmp_path: Path) -> None:
    def run(config: Config, directory: Path) -> Result:
        return Result(float("nan") if directory.name == "0001" else 0.5, 1, 0)

    search(plan(), tmp_path, run, Limits(3), silent)
    assert outcomes(tmp_path)["0001"].reason == "the score is nan"


def test_failures_in_a_row_end_the_search(tmp_path: Path) -> None:
    run = Failing(limit=0)
    with pytest.raises(FailedSearch, match=r"3 of 3 trials failed, and 3 in a row.*\n.*loss is nan"):
        search(plan(), tmp_path, run, Limits(8, failures=3), silent)
    assert run.ran == ["0000", "0001", "0002"]
    with pytest.raises(FailedSearch):
        search(plan(), tmp_path, run, Limits(8, failures=3), silent)
    mended = Formula()
    search(plan(), tmp_path, mended, Limits(8, failures=4), silent)
    assert mended.ran == ["0003", "0004", "0005", "0006", "0007"]


@pytest.mark.parametrize("method", ["bayesian", "hyperband"])
def test_failures_do_not_hold_a_method_up(method: Method, tmp_path: Path) -> None:
    search(plan(method), tmp_path, Failing(limit=1.5e-3), Limits(TRIALS[method], failures=9), silent)
    rows = table(tmp_path)
    assert sum(row["status"] == "failed" for row in rows) > 1
    best = max((row for row in rows if row["status"] == "completed"), key=lambda row: float(row["balanced_accuracy"]))
    assert best["budget"] == "20"


def test_what_is_no_fault_of_the_values_ends_the_search_and_counts_for_nothing(tmp_path: Path) -> None:
    def run(config: Config, directory: Path) -> Result:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        search(plan(), tmp_path, run, Limits(2), silent)
    mended = Formula()
    search(plan(), tmp_path, mended, Limits(2), silent)
    assert mended.ran == ["0000", "0001"]


def test_a_trial_that_kills_every_process_fails_in_the_end(tmp_path: Path) -> None:
    run = KilledAt("0001")
    for _ in range(3):
        with pytest.raises(Killed):
            search(plan(), tmp_path, run, Limits(3), silent)
    search(plan(), tmp_path, run, Limits(3), silent)
    assert run.ran == ["0000", "0001", "0001", "0001", "0002"]
    assert outcomes(tmp_path)["0001"].reason == "its process ended 3 times before another epoch did"


def test_a_trial_interrupted_often_goes_on_while_its_epochs_do(tmp_path: Path) -> None:
    history = tmp_path / "trials" / "0001" / "history.csv"
    history.parent.mkdir(parents=True)
    run = KilledAt("0001")
    for epochs in range(5):
        history.write_text("epoch\n" + "0\n" * epochs)
        with pytest.raises(Killed):
            search(plan(), tmp_path, run, Limits(2), silent)
    search(plan(), tmp_path, Formula(), Limits(2), silent)
    assert outcomes(tmp_path)["0001"].status == "completed"


def test_the_same_values_are_trained_once(tmp_path: Path) -> None:
    narrow = Search(space={"model.dropout": Uniform(low=0.1, high=0.10001)})
    run = Formula()
    search(plan("random", narrow), tmp_path, run, Limits(3), silent)
    assert run.ran == ["0000"]
    first, *others = table(tmp_path)
    assert [row["repeats"] for row in others] == ["0000", "0000"]
    assert {row["balanced_accuracy"] for row in others} == {first["balanced_accuracy"]}


def test_the_least_loss_wins(tmp_path: Path) -> None:
    def run(config: Config, directory: Path) -> Result:
        return Result(config.fit.phases[0].learning_rate, 1, 0)

    rates = Search(space={RATE: LogUniform(low=1e-4, high=1e-2, points=3)})
    search(plan("grid", rates, "loss"), tmp_path, run, Limits(), silent)
    winner = json.loads((tmp_path / "winner.json").read_text())
    assert winner["overrides"] == {"fit.monitor": "loss", RATE: 1e-4}


def test_another_search_is_not_mixed_in(tmp_path: Path) -> None:
    search(plan(), tmp_path, Formula(), Limits(1), silent)
    with pytest.raises(InvalidConfig, match=r"another search: it differs in method"):
        search(plan("grid"), tmp_path, Formula(), Limits(), silent)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"), pytest.raises(InvalidConfig, match="Another process is at work"):
        search(plan(), tmp_path, Formula(), Limits(1), silent)


def test_every_trial_learns_from_the_same_seed(tmp_path: Path) -> None:
    seeds: list[int] = []

    def run(config: Config, directory: Path) -> Result:
        seeds.append(config.seed)
        return Result(0.5, 1, 0)

    search(plan(), tmp_path, run, Limits(3), silent)
    assert seeds == [0, 0, 0]


def test_the_plan_is_kept_beside_the_trials(tmp_path: Path) -> None:
    search(plan(), tmp_path, Formula(), Limits(1), silent)
    assert Plan.model_validate_json((tmp_path / "search.json").read_bytes()) == plan()
    assert [type(event) for event in Journal(tmp_path).events()] == [Begun, Ended]
