from pathlib import Path

import pytest
from pydantic import JsonValue, ValidationError

from training.config import RECIPES, InvalidConfig, recipe
from training.tuning import space
from training.tuning.plan import Plan
from training.tuning.space import Choice, Dimension, Integers, LogUniform, Search, Uniform

LEARNING_RATE = "fit.phases.0.learning_rate"


@pytest.mark.parametrize(
    ("dimension", "grid"),
    [
        (Choice(values=("a", None, 3)), ("a", None, 3)),
        (Uniform(low=0, high=0.6, points=3), (0.0, 0.3, 0.6)),
        (LogUniform(low=1e-4, high=1e-2, points=3), (1e-4, 1e-3, 1e-2)),
        (Integers(low=1, high=7, step=3), (1, 4, 7)),
    ],
)
def test_a_grid_holds_both_ends(dimension: Dimension, grid: tuple[object, ...]) -> None:
    assert dimension.grid() == grid


def test_what_an_oracle_draws_becomes_a_value_that_can_be_read() -> None:
    assert LogUniform(low=1e-4, high=1).value(0.00031622776) == 0.0003162
    assert Choice(values=(None, {"hair": 0.5})).value(1) == {"hair": 0.5}
    assert Integers(low=1, high=4).value(3) == 3


@pytest.mark.parametrize(
    "field",
    [
        {"kind": "uniform", "low": 1, "high": 1},
        {"kind": "log_uniform", "low": 0, "high": 1},
        {"kind": "integers", "low": 3, "high": 1},
        {"kind": "choice", "values": []},
        {"kind": "normal", "low": 0, "high": 1},
    ],
)
def test_a_range_that_is_none_is_refused(field: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Search.model_validate({"space": {LEARNING_RATE: field}})


def test_every_problem_is_told_before_the_first_trial() -> None:
    wrong = Search(
        space={
            "fit.phases.7.learning_rate": LogUniform(low=1e-4, high=1e-2),
            "model.dropout": Uniform(low=0.5, high=1.5, points=2),
            "model.fusion": Choice(values=("modulate", "guess")),
            "pipeline.batch_size": Integers(low=8, high=16, step=8),
        }
    )
    with pytest.raises(InvalidConfig) as told:
        Plan.of(recipe("smoke"), wrong, "balanced_accuracy", recipe="smoke")
    message = str(told.value)
    assert "No field '--fit.phases.7.learning_rate'" in message
    assert "model.dropout = 1.5" in message
    assert "model.dropout = 0.5" not in message
    assert 'model.fusion = "guess"' in message
    assert "pipeline.batch_size" not in message


@pytest.mark.parametrize(
    ("path", "value", "objective", "told"),
    [
        ("seed", 1, "balanced_accuracy", "no scores of the same task"),
        ("splits", "folds/fold-0.csv", "loss", "no scores of the same task"),
        ("fit.loss.kind", "focal", "loss", "changes what the loss measures"),
        ("fit.loss", {"kind": "focal"}, "loss", "changes what the loss measures"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(path: str, value: object, objective: str, told: str) -> None:
    search = Search.model_validate({"space": {path: {"kind": "choice", "values": [value]}}})
    with pytest.raises(InvalidConfig, match=told):
        search.check(recipe("smoke"), objective)


def test_the_loss_may_be_searched_by_balanced_accuracy() -> None:
    Search(space={"fit.loss.kind": Choice(values=("focal", "cross_entropy"))}).check(
        recipe("smoke"), "balanced_accuracy"
    )


@pytest.mark.parametrize("name", [name for name in RECIPES if name in {"smoke", "starter"}])
@pytest.mark.parametrize("method", ["grid", "hyperband"])
def test_the_search_space_of_a_recipe_fits_it(name: str, method: str) -> None:
    Plan.of(recipe(name), space.search_of(name), "balanced_accuracy", recipe=name, method=method)


def test_hyperband_sets_the_epochs_itself() -> None:
    search = Search(space={"fit.phases.0.epochs": Integers(low=2, high=4)})
    with pytest.raises(InvalidConfig, match=r"leave fit\.phases\.0\.epochs out"):
        Plan.of(recipe("smoke"), search, "balanced_accuracy", recipe="smoke", method="hyperband")


def test_values_survive_the_command_line() -> None:
    values: dict[str, JsonValue] = {"a": "modulate", "b": "null", "c": None, "d": 1e-05, "e": [{"epochs": 1}], "f": "7"}
    assert space.pairs(space.arguments(values)) == values
    assert space.arguments({"model.fusion": "none", LEARNING_RATE: 0.0003}) == [
        "--model.fusion",
        "none",
        "--fit.phases.0.learning_rate",
        "0.0003",
    ]


def test_a_space_is_read_from_json(tmp_path: Path) -> None:
    file = tmp_path / "space.json"
    file.write_text('{"space": {"model.dropout": {"kind": "uniform", "low": 0, "high": 0.5}}}')
    assert space.read(file) == Search(space={"model.dropout": Uniform(low=0, high=0.5)})
    file.write_text('{"space": {}}')
    with pytest.raises(InvalidConfig, match="no search space"):
        space.read(file)
