"""What a search is: recipe, space, method and objective. Written to search.json; the same search goes on, no other."""

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from training.config import Config, InvalidConfig, told
from training.options.part import Part
from training.tuning import budget, space
from training.tuning.space import Drawn, Search, Values

SEARCH_FILE = "search.json"
EPOCHS = "tuner/epochs"
"""What Hyperband's oracle notes among the values it draws."""
Method = Literal["grid", "random", "bayesian", "hyperband"]
Objective = Literal["balanced_accuracy", "loss"]


class Plan(Part):
    """A search over a recipe. Scores are of validation, by the objective."""

    recipe: str
    overrides: tuple[str, ...] = Field((), description="Pairs of the command line, for every trial.")
    config: Config
    search: Search
    method: Method = "random"
    factor: int = Field(3, ge=2, description="Hyperband: of so many trials the best goes on, with so many times more.")
    iterations: int = Field(1, ge=1, description="Hyperband: how often all its brackets are run.")

    @classmethod
    def of(cls, config: Config, search: Search, objective: Objective, **options: object) -> "Plan":
        """A plan, checked. Raises `InvalidConfig` when the space does not fit config, objective or method."""
        fit = config.fit.model_copy(update={"monitor": objective})
        judged = config.model_copy(update={"fit": fit})
        search.check(judged, objective)
        try:
            plan = cls.model_validate({"config": judged, "search": search, **options})
        except ValidationError as error:
            raise InvalidConfig(told(error)) from error
        epochs = [path for path in search.space if path in {"fit", "fit.phases"} or path.endswith(".epochs")]
        if plan.method == "hyperband" and epochs:
            raise InvalidConfig(f"Hyperband itself sets the epochs: leave {', '.join(epochs)} out of the search space.")
        return plan

    @property
    def objective(self) -> Objective:
        """What is searched for: the most balanced accuracy or the least loss, on validation."""
        return self.config.fit.monitor

    @property
    def direction(self) -> Literal["max", "min"]:
        """Of the objective."""
        return "min" if self.objective == "loss" else "max"

    @property
    def fingerprint(self) -> str:
        """A hash of all of it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def drawn_from(self) -> Search:
        """The space as the method sees it: a list a field for grid search."""
        return self.search.gridded() if self.method == "grid" else self.search

    def values(self, drawn: Mapping[str, Drawn]) -> Values:
        """What a trial sets, given what an oracle drew."""
        return {path: dimension.value(drawn[path]) for path, dimension in self.drawn_from.space.items()}

    def epochs(self, drawn: Mapping[str, Drawn]) -> int:
        """Epochs a trial may take, given what an oracle drew: all, unless it is Hyperband's."""
        if EPOCHS in drawn:
            return int(drawn[EPOCHS])
        try:
            return budget.total(self.trial(drawn))
        except InvalidConfig:
            return budget.total(self.config)

    def trial(self, drawn: Mapping[str, Drawn]) -> Config:
        """The config of a trial, given what an oracle drew. Raises `InvalidConfig` when its values clash."""
        config = space.apply(self.config, self.values(drawn))
        return budget.scaled(config, int(drawn[EPOCHS])) if EPOCHS in drawn else config

    def winning(self, values: Values) -> dict[str, object]:
        """All overrides that make the recipe the config of a trial."""
        return {**space.pairs(self.overrides), "fit.monitor": self.objective, **values}

    def command(self, values: Values) -> str:
        """The command that trains a trial's config as a run."""
        pairs = space.arguments({**space.pairs(self.overrides), "fit.monitor": self.objective, **values})
        return shlex.join(["python", "-m", "training", "train", self.recipe, *pairs])

    def claim(self, directory: Path) -> None:
        """Write search.json, or find this very search there. Raises `InvalidConfig` when there is another."""
        path = directory / SEARCH_FILE
        if path.is_file():
            there = Plan.model_validate_json(path.read_bytes())
            if there.fingerprint != self.fingerprint:
                raise InvalidConfig(
                    f"{directory} holds another search: it differs in {', '.join(_differences(there, self))}. "
                    "Repeat its command to go on with it, or choose another --name."
                )
            return
        aside = directory / f"{SEARCH_FILE}.aside"
        aside.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        aside.replace(path)


def _differences(there: Plan, here: Plan) -> list[str]:
    one, other = there.model_dump(mode="json"), here.model_dump(mode="json")
    return [name for name in one if one[name] != other[name]]
