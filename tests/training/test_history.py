from pathlib import Path

import pytest

from training.history import Row, best, patience_is_over, read, write
from training.options.fit import Fit, Phase

pytestmark = pytest.mark.tensorflow


def rows(*values: float) -> list[Row]:
    return [{"epoch": epoch, "val_balanced_accuracy": value, "val_loss": -value} for epoch, value in enumerate(values)]


def options(patience: int = 2, monitor: str = "balanced_accuracy") -> Fit:
    return Fit.model_validate({"phases": (Phase(epochs=1, learning_rate=1),), "patience": patience, "monitor": monitor})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    given = rows(0.1, 1 / 3)
    write(tmp_path, given)
    assert read(tmp_path) == given
    write(tmp_path, given[:1])
    assert read(tmp_path) == given[:1]
    assert (tmp_path / "history.csv").read_text().splitlines()[1].startswith("0,")


def test_a_run_that_has_not_begun_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path) == []
    write(tmp_path, [])
    assert read(tmp_path) == []


@pytest.mark.parametrize("monitor", ["balanced_accuracy", "loss"])
def test_the_best_is_the_earliest_of_equals(monitor: str) -> None:
    leader = best(rows(0.1, 0.5, 0.5, 0.2), options(monitor=monitor))
    assert leader is not None
    assert leader["epoch"] == 1
    assert best([], options()) is None


def test_patience_is_counted_within_a_phase() -> None:
    history = rows(0.9, 0.1, 0.2, 0.15, 0.2)
    assert [patience_is_over(history[:end], options(), first=1) for end in range(6)] == [False] * 5 + [True]
    assert patience_is_over(history[:3], options(), first=0)
