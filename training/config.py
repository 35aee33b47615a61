"""A run's whole configuration as one frozen, typed value. Recipes are instances; the command line overrides fields.

Its parts are in `training.options`.
"""

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from lesion.diagnosis import CATEGORIES, CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.options.distillation import Distillation
from training.options.fit import Fit
from training.options.model import Model
from training.options.part import Part
from training.options.pipeline import Pipeline

RECIPES = tuple(
    sorted(path.stem for path in (Path(__file__).parent / "recipes").glob("*.py") if path.stem != "__init__")
)
CODE_PATTERN = r"^[A-Z][A-Z0-9_]{1,15}$"
"""What the code of a category of one's own looks like, in catalogs and configs."""


class InvalidConfig(ValueError):
    """An override names no field, or a value does not fit."""


class ExtraCategory(Part):
    """A category beyond the eight of ISIC 2019, by its label in the catalog."""

    code: str = Field(pattern=CODE_PATTERN)
    name: str
    malignant: bool


class Config(Part):
    """One run. Written to config.json; the run can be repeated from it."""

    name: str
    summary: str = Field(description="What it is for, how long it takes, what it reaches.")
    seed: int = 0
    dataset: str = Field(description="Folder of the catalog, below the data directory.")
    splits: str = Field(
        description=(
            "`isic2019`: the committed split. `dataset`: splits.csv beside the catalog. Otherwise a file in the "
            "catalog's folder, such as folds/fold-0.csv."
        )
    )
    parents: tuple[str, ...] = Field(
        (),
        description=(
            "Runs this one learns from besides `model.weights`: teachers, makers of pseudo-labels. The leakage gate "
            "follows them and all their ancestors."
        ),
    )
    data_statement: str = Field(description="Data, attribution and source, for the card.")
    data_license: str
    target: Literal["category", "malignancy"] = Field(
        "category",
        description="`category`: a logit for each category. `malignancy`: one logit, for malignant against all else.",
    )
    extra_categories: tuple[ExtraCategory, ...] = Field(
        (), description="Categories to learn beyond the eight, in order. Images with any other label are left out."
    )
    image: ImageSpec
    metadata: MetadataSpec = MetadataSpec()
    pipeline: Pipeline = Pipeline()
    model: Model
    fit: Fit
    distillation: Distillation | None = None

    @property
    def categories(self) -> tuple[str, ...]:
        """Codes of all categories, in the order of labels: the eight, then the extra ones."""
        return (*CODES, *(extra.code for extra in self.extra_categories))

    @property
    def malignant(self) -> tuple[bool, ...]:
        """Which of `categories` are malignant."""
        return (*(category.malignant for category in CATEGORIES), *(extra.malignant for extra in self.extra_categories))

    @property
    def outputs(self) -> int:
        """How many logits the model gives."""
        return len(self.categories) if self.target == "category" else 1

    @property
    def ancestors(self) -> tuple[str, ...]:
        """Names of all runs this one learns from: initial weights, teachers, `parents`."""
        weights = (self.model.weights_run,) if self.model.weights_run else ()
        return (*weights, *(self.distillation.teachers if self.distillation else ()), *self.parents)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.categories)) < len(self.categories):
            raise ValueError(f"Categories must differ from each other and from {CODES}. Received {self.categories}.")
        return self


RECIPE_HELP = f"one of {', '.join(RECIPES)}, or the config.json of a run, to repeat it"


def recipe(name: str) -> Config:
    """The config of a recipe module, or of the file of one. Raises `InvalidConfig` when there is no such thing."""
    if name in RECIPES:
        config: Config = importlib.import_module(f"training.recipes.{name}").CONFIG
        return config
    path = Path(name)
    if path.suffix != ".json" or not path.is_file():
        raise InvalidConfig(f"No recipe {name!r}. Expected {RECIPE_HELP}.")
    return read_file(path)


def read_file(path: Path) -> Config:
    """The config of a file. Raises `InvalidConfig` when it is none, or of another version of this program."""
    try:
        return Config.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InvalidConfig(f"{path} is no config of this version of the program. Train it again. {error}") from error


def override(config: Config, arguments: Sequence[str]) -> Config:
    """Apply `--fit.weight_decay 1e-3 --fit.phases.0.epochs 3` to a config.

    Values are read as JSON where they parse (numbers, lists, objects, true, null), as text otherwise.
    What a card says of data and weights must stay true: overriding `model.weights` or `dataset` asks for its note too.
    Raises `InvalidConfig` on an unknown field or a value that does not fit.
    """
    tree: dict[str, Any] = config.model_dump(mode="json")
    if len(arguments) % 2:
        raise InvalidConfig(f"Overrides come in pairs: --field value. Received {list(arguments)}.")
    for key, value in zip(arguments[::2], arguments[1::2], strict=True):
        *branches, leaf = key.removeprefix("--").split(".")
        place: Any = tree if key.startswith("--") else None
        for branch in branches:
            place = place[_key(place, branch)] if _key(place, branch) is not None else None
        if _key(place, leaf) is None:
            raise InvalidConfig(f"No field {key!r}. Expected one such as --fit.weight_decay or --fit.phases.0.epochs.")
        place[_key(place, leaf)] = _parse(value)
    for name, note in (("--model.weights", "--model.weights_note"), ("--dataset", "--data_statement")):
        if name in arguments[::2] and note not in arguments[::2]:
            raise InvalidConfig(f"{name} needs {note} beside it: the card tells where a model comes from.")
    tree["metadata"].pop("columns")  # derived from the vocabularies, which may just have changed
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise InvalidConfig(str(error)) from error


def _key(place: Any, name: str) -> str | int | None:
    """The key of a named field of a part, or of a numbered place in a list; None where there is none."""
    if isinstance(place, dict):
        return name if name in place else None
    if isinstance(place, list):
        return int(name) if name.isdecimal() and int(name) < len(place) else None
    return None


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
