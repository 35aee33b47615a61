"""What a search may vary: typed ranges beside a recipe, keyed by the path that overrides the field.

    SEARCH = Search(
        space={
            "fit.phases.0.learning_rate": LogUniform(low=1e-4, high=1e-2),
            "model.dropout": Uniform(low=0.0, high=0.6),
            "model.fusion": Choice(values=("modulate", "concatenate", "none")),
        }
    )

Needs no Keras.
"""

import importlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, ValidationError, model_validator

from training.config import Config, InvalidConfig
from training.options.part import Part
from training.overrides import override

Values = Mapping[str, JsonValue]
"""Values of a trial by the paths of their fields."""
Drawn = int | float | str
"""What an oracle draws: numbers, places in a list, notes of its own."""
SIGNIFICANT_DIGITS = 4
"""Of drawn numbers. Nobody can tell a learning rate of 0.00031623 from 0.0003162, and the second can be read."""
_DIFFERENT_TASKS = ("name", "seed", "dataset", "splits", "parents", "target", "extra_categories", "fit.monitor")
_LOSS_ITSELF = ("fit.loss", "fit.l1", "fit.l2", "pipeline.balance", "pipeline.share", "distillation")


class Choice(Part):
    """One of the values listed, whatever their type. Numbers are taken to be in order."""

    kind: Literal["choice"] = "choice"
    values: tuple[JsonValue, ...] = Field(min_length=1)

    def grid(self) -> tuple[JsonValue, ...]:
        """All values."""
        return self.values

    def value(self, drawn: Drawn) -> JsonValue:
        """The value at a place in the list: an oracle knows neither lists nor null."""
        return self.values[int(drawn)]

    @property
    def ordered(self) -> bool:
        """Whether neighbors are alike: only of numbers."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)


class _Range(Part):
    low: float
    high: float
    points: int = Field(5, ge=2, description="How many values grid search tries, both ends included.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"A range goes up. Received low {self.low} and high {self.high}.")
        return self

    def value(self, drawn: Drawn) -> JsonValue:
        """A drawn number, to `SIGNIFICANT_DIGITS`."""
        return rounded(float(drawn))

    def _shares(self) -> list[float]:
        return [place / (self.points - 1) for place in range(self.points)]


class Uniform(_Range):
    """Any number of a range, all alike."""

    kind: Literal["uniform"] = "uniform"

    def grid(self) -> tuple[JsonValue, ...]:
        """`points` values, evenly spaced."""
        return tuple(rounded(self.low + share * (self.high - self.low)) for share in self._shares())


class LogUniform(_Range):
    """Any number of a range, every factor alike: for learning rates and penalties."""

    kind: Literal["log_uniform"] = "log_uniform"
    low: float = Field(gt=0)

    def grid(self) -> tuple[JsonValue, ...]:
        """`points` values, each the same factor above the one before."""
        return tuple(rounded(self.low * math.pow(self.high / self.low, share)) for share in self._shares())


class Integers(Part):
    """Whole numbers, both ends included."""

    kind: Literal["integers"] = "integers"
    low: int
    high: int
    step: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"A range goes up. Received low {self.low} and high {self.high}.")
        return self

    def grid(self) -> tuple[JsonValue, ...]:
        """All of them."""
        return tuple(range(self.low, self.high + 1, self.step))

    def value(self, drawn: Drawn) -> JsonValue:
        """A drawn number."""
        return int(drawn)


Dimension = Annotated[Choice | Uniform | LogUniform | Integers, Field(discriminator="kind")]


class Search(Part):
    """The fields that a search varies, each with its range."""

    space: dict[str, Dimension] = Field(min_length=1)

    def gridded(self) -> "Search":
        """The same with the values of grid search alone."""
        return Search(space={path: Choice(values=dimension.grid()) for path, dimension in self.space.items()})

    def check(self, config: Config, objective: str) -> None:
        """Try every end of every range and every choice on a config, one at a time.

        Raises `InvalidConfig` listing all that the config refuses and all that cannot be compared.
        """
        problems = [problem for path in self.space for problem in _incomparable(path, objective)]
        for path, dimension in self.space.items():
            for value in dimension.grid():
                try:
                    apply(config, {path: value})
                except InvalidConfig as error:
                    problems.append(f"{path} = {json.dumps(value)}: {error}")
        if problems:
            raise InvalidConfig("The search space does not fit the recipe:\n" + "\n".join(problems))


def search_of(recipe: str) -> Search:
    """The search space of a recipe module. Raises `InvalidConfig` where it has none."""
    found: Search | None = getattr(importlib.import_module(f"training.recipes.{recipe}"), "SEARCH", None)
    if found is None:
        raise InvalidConfig(
            f"The recipe {recipe} has no search space. Expected SEARCH = Search(...) beside its CONFIG, or --space."
        )
    return found


def read(file: Path) -> Search:
    """A search space from a JSON file: {"space": {PATH: {"kind": "uniform", "low": 0, "high": 1}, …}}.

    Raises `InvalidConfig` when it is none.
    """
    try:
        return Search.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise InvalidConfig(f"{file} is no search space. {error}") from error


def rounded(number: float) -> float:
    """A number to `SIGNIFICANT_DIGITS`."""
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")


def apply(config: Config, values: Values) -> Config:
    """The config with these values. Raises `InvalidConfig` when they do not fit it, or each other."""
    return override(config, arguments(values))


def arguments(values: Values) -> list[str]:
    """Values as they stand on a command line: --path value pairs."""
    return [text for path, value in values.items() for text in (f"--{path}", _text(value))]


def pairs(overrides: Iterable[str]) -> dict[str, JsonValue]:
    """The reverse: values of a command line's pairs."""
    texts = list(overrides)
    return {path.removeprefix("--"): _value(text) for path, text in zip(texts[::2], texts[1::2], strict=True)}


def _text(value: JsonValue) -> str:
    bare = isinstance(value, str) and _value(value) == value
    return str(value) if bare else json.dumps(value)


def _value(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value


def _incomparable(path: str, objective: str) -> list[str]:
    if _touches(path, _DIFFERENT_TASKS):
        return [f"{path}: scores of different values of it are no scores of the same task."]
    if objective == "loss" and _touches(path, _LOSS_ITSELF):
        return [f"{path} changes what the loss measures: expected --objective balanced_accuracy. Received loss."]
    return []


def _touches(path: str, fields: tuple[str, ...]) -> bool:
    """Whether a path is one of the fields, within one or around one."""
    return any(f"{path}.".startswith(f"{field}.") or f"{field}.".startswith(f"{path}.") for field in fields)
