import csv
import json
import shlex
from pathlib import Path

import pytest

from tests.training.tuning.plans import FUSION, RATE, plan
from training.config import InvalidConfig, recipe
from training.overrides import override
from training.tuning import plot, results
from training.tuning.journal import Begun, Ended, Journal
from training.tuning.outcome import Outcome
from training.tuning.plan import EPOCHS, Method, Plan
from training.tuning.results import Row


def tell(directory: Path, trials: list[tuple[float, int, int | None, Outcome | None]]) -> Journal:
    """A journal of (learning rate, place of the fusion, Hyperband's epochs, outcome)."""
    journal = Journal(directory)
    for number, (rate, fusion, epochs, outcome) in enumerate(trials):
        note = {} if epochs is None else {EPOCHS: epochs}
        journal.append(Begun(trial=f"{number:04}", worker="a", values={RATE: rate, FUSION: fusion, **note}))
        if outcome is not None:
            journal.append(Ended(trial=f"{number:04}", outcome=outcome))
    return journal


def done(score: float, epochs: int = 20) -> Outcome:
    return Outcome(status="completed", score=score, epochs=epochs, best_epoch=epochs - 1, seconds=3.2)


FAILED = Outcome(status="failed", reason="FloatingPointError: the loss is nan", seconds=1.0)


def found(directory: Path, method: Method = "random") -> tuple[Plan, list[Row]]:
    search = plan(method)
    epochs = (2, 20, 20) if method == "hyperband" else (None, None, None)
    journal = tell(
        directory,
        [
            (1e-3, 1, epochs[0], done(0.9, epochs[0] or 20)),
            (2e-3, 0, epochs[1], done(0.8)),
            (1e-2, 2, epochs[2], FAILED),
            (3e-3, 2, epochs[2], None),
        ],
    )
    return search, results.rows(search, journal)


def test_the_table_file_has_every_trial(tmp_path: Path) -> None:
    search, trials = found(tmp_path)
    results.write(search, tmp_path, trials)
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["completed", "completed", "failed", "unfinished"]
    assert [row["balanced_accuracy"] for row in rows] == ["0.9", "0.8", "", ""]
    assert [row[FUSION] for row in rows] == ["modulate", "none", "concatenate", "concatenate"]
    assert rows[2]["reason"] == FAILED.reason
    assert (rows[0]["epochs"], rows[0]["best_epoch"], rows[0]["budget"], rows[0]["seconds"]) == (
        "20",
        "19",
        "20",
        "3.2",
    )


def test_the_printed_table_is_ranked(tmp_path: Path) -> None:
    lines = results.table(*found(tmp_path)).splitlines()
    assert lines[0] == f"| trial | balanced_accuracy | {RATE} | {FUSION} | epochs | best epoch | seconds |"
    assert lines[2] == "| 0000 | 0.9000 | 0.001 | modulate | 20 of 20 | 19 | 3 |"
    assert lines[3].startswith("| 0001 | 0.8000 ")
    assert lines[-1] == "Not shown: 1 failed, 1 unfinished (all in results.csv)."


def test_a_short_trial_of_hyperband_wins_over_no_long_one(tmp_path: Path) -> None:
    search, trials = found(tmp_path, "hyperband")
    assert [row.trial for row in results.ranked(search, trials)] == ["0001", "0000"]


def test_the_least_loss_is_the_best(tmp_path: Path) -> None:
    search = plan(objective="loss")
    trials = results.rows(search, tell(tmp_path, [(1e-3, 0, None, done(0.9)), (1e-3, 1, None, done(0.4))]))
    assert results.ranked(search, trials)[0].trial == "0001"


def test_the_winner_is_the_recipe_overridden(tmp_path: Path) -> None:
    search, trials = found(tmp_path)
    results.write_winner(search, tmp_path, trials)
    winner = json.loads((tmp_path / "winner.json").read_text())
    assert (winner["trial"], winner["score"], winner["objective"]) == ("0000", 0.9, "balanced_accuracy")
    config = override(recipe("smoke"), results.overrides(tmp_path / "winner.json", "smoke"))
    assert (config.fit.phases[0].learning_rate, config.model.fusion) == (1e-3, "modulate")
    assert shlex.split(winner["command"]) == [
        *("python", "-m", "training", "train", "smoke"),
        *results.overrides(tmp_path / "winner.json", "smoke"),
    ]


def test_overrides_of_every_trial_are_part_of_the_winner(tmp_path: Path) -> None:
    base = ("--image.size", "32", "--model.dropout", "0.2")
    search = plan().model_copy(update={"overrides": base, "config": override(recipe("smoke"), base)})
    _, trials = found(tmp_path)
    results.write_winner(search, tmp_path, trials)
    config = override(recipe("smoke"), results.overrides(tmp_path / "winner.json", "smoke"))
    assert (config.image.size, config.model.dropout, config.fit.phases[0].learning_rate) == (32, 0.2, 1e-3)


def test_a_winner_of_another_recipe_is_refused(tmp_path: Path) -> None:
    results.write_winner(plan(), tmp_path, found(tmp_path)[1])
    with pytest.raises(InvalidConfig, match=r"Expected starter\. Received smoke"):
        results.overrides(tmp_path / "winner.json", "starter")
    (tmp_path / "winner.json").write_text("[]")
    with pytest.raises(InvalidConfig, match=r"no winner\.json"):
        results.overrides(tmp_path / "winner.json", "smoke")


def test_the_plot_has_a_panel_a_field(tmp_path: Path) -> None:
    search, trials = found(tmp_path)
    course, rate, fusion, *empty = plot.draw(search, trials).axes
    assert (course.get_xlabel(), rate.get_xlabel(), fusion.get_xlabel()) == ("trial", RATE, FUSION)
    assert rate.get_xscale() == "log"
    assert [label.get_text() for label in fusion.get_xticklabels()] == ["none", "modulate", "concatenate"]
    assert sorted(map(tuple, rate.collections[0].get_offsets().tolist())) == [(1e-3, 0.9), (2e-3, 0.8)]  # type: ignore[union-attr]
    assert not empty
    plot.write(search, tmp_path, trials)
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
