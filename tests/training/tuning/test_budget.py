import pytest

from training.config import Config, recipe
from training.options.fit import Phase
from training.tuning import budget


def config(*phases: Phase) -> Config:
    smoke = recipe("smoke")
    return smoke.model_copy(update={"fit": smoke.fit.model_copy(update={"phases": phases})})


HEAD = Phase(train="head", epochs=1, learning_rate=2e-3)
ALL = Phase(epochs=11, learning_rate=3e-4, warmup_epochs=1)


@pytest.mark.parametrize(
    ("epochs", "expected"), [(1, [1]), (2, [1, 1]), (3, [1, 2]), (4, [1, 3]), (8, [1, 7]), (12, [1, 11]), (99, [1, 11])]
)
def test_phases_keep_their_shares(epochs: int, expected: list[int]) -> None:
    phases = budget.scaled(config(HEAD, ALL), epochs).fit.phases
    assert [phase.epochs for phase in phases] == expected
    assert [phase.train for phase in phases] == ["head", "all"][-len(phases) :]


def test_three_phases_share_what_is_over() -> None:
    phases = [Phase(epochs=epochs, learning_rate=1e-3) for epochs in (2, 6, 12)]
    assert [phase.epochs for phase in budget.scaled(config(*phases), 10).fit.phases] == [1, 3, 6]


def test_the_schedule_shrinks_with_its_phase() -> None:
    short = budget.scaled(config(HEAD, ALL), 4).fit.phases[-1]
    assert short.warmup_epochs == pytest.approx(3 / 11, abs=1e-3)
    assert short.learning_rate == ALL.learning_rate
    assert Phase.model_validate(short.model_dump()) == short


def test_total_is_of_all_phases() -> None:
    assert budget.total(config(HEAD, ALL)) == 12
