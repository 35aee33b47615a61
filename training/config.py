"""A run's whole configuration as one frozen, typed value. Recipes are instances; the command line overrides fields."""

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec

NONE_OF_OURS = "none of ours"
"""What weights saw that were trained on other pictures altogether, such as ImageNet."""
RECIPES = tuple(
    sorted(path.stem for path in (Path(__file__).parent / "recipes").glob("*.py") if path.stem != "__init__")
)


class InvalidConfig(ValueError):
    """An override names no field, or a value does not fit."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Augmentation(_Part):
    """Random views that keep the label. Applied to uint8 pixels, before any rescaling."""

    flips: bool = Field(
        default=True, description="Mirror and turn by right angles (the eight symmetries of the square)."
    )
    rotation_degrees: float = Field(30.0, ge=0, le=180, description="Turn by up to this many degrees either way.")
    zoom: float = Field(0.2, ge=0, lt=1, description="Scale by 1 ± this.")
    stretch: float = Field(0.1, ge=0, lt=1, description="Change the aspect ratio by 1 ± this.")
    hair: float = Field(0.0, ge=0, le=1, description="Chance of drawn hairs.")
    ruler: float = Field(0.0, ge=0, le=1, description="Chance of the ticks of a ruler, drawn along a border.")
    color: float = Field(0.1, ge=0, lt=1, description="Brightness, contrast and each channel's gain by 1 ± this.")
    blur_pixels: float = Field(0.0, ge=0, le=8, description="Blur by a Gaussian of up to this standard deviation.")
    blur_chance: float = Field(0.5, ge=0, le=1, description="Chance of the blur.")
    erase: float = Field(0.0, ge=0, lt=1, description="Gray out, every other time, a square of up to this share of S.")
    mixup: float = Field(
        0.0, ge=0, description="Blend pictures and targets by a share from Beta(this, this); 0: never."
    )
    cutmix: float = Field(
        0.0,
        ge=0,
        description="Paste a rectangle of another picture, its area a share from Beta(this, this). 0: never.",
    )
    on_device: bool = Field(
        default=False,
        description=(
            "Flips, rotation, zoom, stretch, color, blur and erasing as Keras layers where the model runs. Hair, "
            "ruler, mixup and cutmix stay on the host, before them."
        ),
    )


class Pipeline(_Part):
    """How batches are drawn from the training split."""

    batch_size: int = Field(32, ge=1)
    balance: float = Field(0.5, ge=0, le=1, description="0: as the data is; 1: every category equally often.")
    metadata_dropout: float = Field(0.1, ge=0, lt=1, description="Chance of each field to be hidden, for each image.")
    augmentation: Augmentation | None = Augmentation()


class Model(_Part):
    """Which builder of `training.models`, and its options."""

    builder: Literal["baseline", "dual"]
    dropout: float = Field(0.3, ge=0, lt=1)
    backbone: Literal["mobilenet_v2", "tiny"] = "mobilenet_v2"
    weights: str | None = Field(
        None,
        description=(
            "Initial weights of the backbone: a file in the data directory, `imagenet` (downloaded), `run:NAME` (of "
            "another run), or none."
        ),
    )
    weights_note: str = Field("none (random)", description="Origin and license of the initial weights, for the card.")
    weights_saw: str | None = Field(
        None,
        description=(
            "With a weights file: what it was trained on, for the leakage gate. A list that `leaks` reads, in the data "
            "directory, or `none of ours`."
        ),
    )

    @property
    def weights_run(self) -> str | None:
        """The run that the initial weights come from, if they do."""
        return self.weights.removeprefix("run:") if self.weights and self.weights.startswith("run:") else None

    @property
    def weights_file(self) -> str | None:
        """The file that the initial weights come from, if they do."""
        return None if self.weights in {None, "imagenet"} or self.weights_run else self.weights

    @model_validator(mode="after")
    def _say_what_the_weights_saw(self) -> Self:
        if self.weights_file and self.weights_saw is None:
            raise ValueError(
                f"Weights from a file ({self.weights_file}) need weights_saw: a list of the images they were trained "
                f"on, or {NONE_OF_OURS!r}."
            )
        return self


class Phase(_Part):
    """A stretch of training with one choice of trainable layers and one cosine schedule."""

    epochs: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    train: Literal["all", "head"] = "all"
    warmup_epochs: float = Field(0, ge=0)


class Fit(_Part):
    """How the weights are found."""

    phases: tuple[Phase, ...] = Field(min_length=1)
    weight_decay: float = Field(1e-4, ge=0)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    average: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Validate and keep an exponential moving average of the weights, of this momentum.",
    )
    patience: int = Field(5, ge=1, description="Epochs without a better validation balanced accuracy before stopping.")


class Config(_Part):
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
    image: ImageSpec
    metadata: MetadataSpec = MetadataSpec()
    pipeline: Pipeline = Pipeline()
    model: Model
    fit: Fit


def recipe(name: str) -> Config:
    """The config of a recipe module."""
    config: Config = importlib.import_module(f"training.recipes.{name}").CONFIG
    return config


def override(config: Config, arguments: Sequence[str]) -> Config:
    """Apply `--fit.weight_decay 1e-3 --image.size 96` to a config.

    Values are read as JSON where they parse (numbers, lists, objects, true, null), as text otherwise.
    What a card says of data and weights must stay true: overriding `model.weights` or `dataset` asks for its note too.
    Raises `InvalidConfig` on an unknown field or a value that does not fit.
    """
    tree: dict[str, Any] = config.model_dump(mode="json")
    if len(arguments) % 2:
        raise InvalidConfig(f"Overrides come in pairs: --field value. Received {list(arguments)}.")
    for key, value in zip(arguments[::2], arguments[1::2], strict=True):
        *branches, leaf = key.removeprefix("--").split(".")
        place = tree
        for branch in branches:
            place = place.get(branch) if isinstance(place, dict) else None  # type: ignore[assignment]
        if not key.startswith("--") or not isinstance(place, dict) or leaf not in place:
            raise InvalidConfig(f"No field {key!r}. Expected one such as --fit.weight_decay.")
        place[leaf] = _parse(value)
    for name, note in (("--model.weights", "--model.weights_note"), ("--dataset", "--data_statement")):
        if name in arguments[::2] and note not in arguments[::2]:
            raise InvalidConfig(f"{name} needs {note} beside it: the card tells where a model comes from.")
    tree["metadata"].pop("columns")  # derived from the vocabularies, which may just have changed
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise InvalidConfig(str(error)) from error


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
