"""A run's whole configuration as one frozen, typed value. Recipes are instances; the command line overrides fields.

Its parts are in `training.options`.
"""

import importlib
from pathlib import Path
from typing import Literal, Self

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
        raise InvalidConfig(f"{path} is no config of this version of the program: {told(error)}") from error


def told(error: ValidationError) -> str:
    """What is wrong, field by field, in a line each."""
    items = error.errors(include_url=False)
    # A list whose only item is wrong is also called too short.
    wrong = [item for item in items if item["type"] != "too_short"] or items
    return "\n".join(
        f"{'.'.join(map(str, item['loc'])) or 'config'}: {item['msg']}. Received {item['input']!r}." for item in wrong
    )
