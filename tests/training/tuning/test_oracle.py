"""What a chief answers to its workers, without the wire between them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.training.tuning.plans import plan
from training.tuning.journal import Begun, Journal
from training.tuning.oracle import OUTCOME, Limits, Recorded, oracle
from training.tuning.outcome import Outcome
from training.tuning.plan import Method

pytestmark = [
    pytest.mark.tensorflow,
    # Keras Tuner 1.4.8 asks for the thread's name in the old way.
    pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning"),
]


def chief(directory: Path, method: Method = "random", trials: int | None = 4) -> Recorded:
    return oracle(plan(method), Journal(directory), Limits(trials), lambda *_: None)


def ask(one: Recorded, workers: Iterable[str]) -> list[Any]:
    return [one.create_trial(worker) for worker in workers]


def tell(one: Recorded, trial: Any, score: float = 0.5) -> None:
    outcome = Outcome(status="completed", score=score, epochs=20, best_epoch=3)
    trial.hyperparameters.values[OUTCOME] = outcome.model_dump_json()
    one.end_trial(trial)


def test_workers_are_given_trials_of_their_own(tmp_path: Path) -> None:
    one = chief(tmp_path)
    assert [trial.trial_id for trial in ask(one, "abc")] == ["0000", "0001", "0002"]


def test_with_any_number_of_workers_the_draws_are_the_same(tmp_path: Path) -> None:
    alone, shared = chief(tmp_path / "alone"), chief(tmp_path / "shared")
    for directory in ("alone", "shared"):
        (tmp_path / directory).mkdir()
    drawn = []
    for _ in range(4):
        trial = alone.create_trial("a")
        drawn.append(dict(trial.hyperparameters.values))
        tell(alone, trial)
    assert [trial.hyperparameters.values for trial in ask(shared, "abcd")] == drawn


def test_a_worker_that_comes_back_is_given_its_trial_again(tmp_path: Path) -> None:
    one = chief(tmp_path)
    first, _ = ask(one, "ab")
    again = one.create_trial("a")
    assert (again.trial_id, again.hyperparameters.values) == (first.trial_id, first.hyperparameters.values)
    assert one.create_trial("c").trial_id == "0002"


def test_a_chief_that_comes_back_gives_what_was_under_way_to_whoever_asks(tmp_path: Path) -> None:
    one = chief(tmp_path)
    first, second, _ = ask(one, "abc")
    tell(one, second)
    back = chief(tmp_path)
    assert [trial.trial_id for trial in ask(back, "xyz")] == ["0000", "0002", "0003"]
    tell(back, first)  # of a worker that outlived its chief
    tell(back, first)
    assert list(back.outcomes) == ["0001", "0000"]
    assert chief(tmp_path).outcomes == back.outcomes


def test_all_are_sent_home_at_the_end(tmp_path: Path) -> None:
    one = chief(tmp_path, trials=1)
    trial, other = ask(one, "ab")
    assert other.status == "STOPPED"
    tell(one, trial)
    assert one.create_trial("a").status == "STOPPED"
    assert (one.ongoing_trials, one.tuner_ids) == ({}, set())  # what Keras Tuner's chief waits for


def test_a_grid_keeps_every_worker_busy(tmp_path: Path) -> None:
    one = chief(tmp_path, "grid", None)
    trials = ask(one, "abcdefghi")
    assert [trial.status for trial in trials] == ["RUNNING"] * 9
    assert one.create_trial("j").status == "STOPPED"
    assert len({event.trial for event in Journal(tmp_path).events() if isinstance(event, Begun)}) == 9


def test_hyperband_tells_who_is_early_to_wait(tmp_path: Path) -> None:
    one = chief(tmp_path, "hyperband", None)
    statuses = [trial.status for trial in ask(one, (f"worker-{number}" for number in range(40)))]
    assert statuses[-1] == "IDLE"
    assert set(statuses) == {"RUNNING", "IDLE"}


@pytest.mark.parametrize("method", ["grid", "hyperband"])
def test_a_shared_search_goes_on_after_its_chief(method: Method, tmp_path: Path) -> None:
    one = chief(tmp_path, method, None)
    for number in range(4):
        first, second = ask(one, "ab")
        tell(one, second, score=0.1 * number)
        tell(one, first, score=0.05 * number)
    back = chief(tmp_path, method, None)
    asked, fresh = back.create_trial("a"), one.create_trial("a")
    assert (asked.trial_id, asked.status) == ("0008", "RUNNING")
    assert asked.hyperparameters.values == fresh.hyperparameters.values
