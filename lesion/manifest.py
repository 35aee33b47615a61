"""The manifest of a model bundle: what the model is, how to feed it, how to read it, and the hash of every file.

models/<name>/<version>/manifest.json  model.onnx  golden.npz  card.md
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lesion.decision import DecisionSpec
from lesion.diagnosis import CATEGORIES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from lesion.quality import QualitySpec

MANIFEST_FILE = "manifest.json"
NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
VERSION_PATTERN = r"^[1-9][0-9]{0,8}$"
FILE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"


class InvalidBundle(ValueError):
    """The directory is not a bundle that may answer: missing, tampered with, of another schema, or not reproducible."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelClass(_Part):
    """One output of the model."""

    code: str
    name: str
    malignant: bool


ISIC2019_CLASSES: tuple[ModelClass, ...] = tuple(
    ModelClass(code=item.code, name=item.name, malignant=item.malignant) for item in CATEGORIES
)
"""The eight categories of ISIC 2019, in class order."""


class Variant(_Part):
    """One ONNX file of the model in one precision, with the proof that it is the model that was evaluated."""

    file: str = Field(pattern=FILE_PATTERN)
    precision: Literal["float32", "float16", "int8", "bfloat16"]
    opset: int
    outputs: tuple[str, ...] = Field(description="Graph outputs in order; the first is `logits`.")
    parity: float = Field(
        ge=0, allow_inf_nan=False, description="Largest absolute difference of logits, Keras against ONNX Runtime."
    )
    tolerance: float = Field(
        gt=0, allow_inf_nan=False, description="Parity above this refuses the export; the golden replay allows it too."
    )
    decision: DecisionSpec


class Training(_Part):
    """Where the model comes from."""

    recipe: str
    data: str
    license: str
    images: int = Field(ge=0, description="Images in the training split.")
    initial_weights: str


class Manifest(_Part):
    """manifest.json. `digest` (sha256 of this file) identifies the bundle in every answer."""

    schema_version: Literal[1, 2] = Field(
        2, description="2 adds the decision beyond the temperature, and the quality gate. Bundles of 1 still answer."
    )
    name: str = Field(pattern=NAME_PATTERN)
    version: str = Field(pattern=VERSION_PATTERN)
    created: datetime
    git_revision: str
    classes: tuple[ModelClass, ...] = Field(min_length=2)
    image: ImageSpec
    metadata: MetadataSpec
    variants: tuple[Variant, ...] = Field(min_length=1)
    quality: QualitySpec | None = Field(None, description="What is asked of a picture before the model sees it.")
    training: Training
    intended_use: str
    metrics: dict[str, float | None] = Field(description="Headline metrics on the held-out test split, as in card.md.")
    files: dict[str, str] = Field(description="sha256 of every other file of the bundle, by name.")

    @model_validator(mode="after")
    def _files_are_listed(self) -> Self:
        unlisted = {variant.file for variant in self.variants} - self.files.keys()
        if unlisted:
            raise ValueError(f"Variants without a hash: {sorted(unlisted)}.")
        return self

    @model_validator(mode="after")
    def _decisions_fit_the_classes(self) -> Self:
        for variant in self.variants:
            sets, prior = variant.decision.prediction_sets, variant.decision.log_prior
            given = {len(prior) or len(self.classes), len(sets.class_conditional) if sets else len(self.classes)}
            if given != {len(self.classes)}:
                raise ValueError(f"A decision must be of {len(self.classes)} classes. Received {sorted(given)}.")
        return self

    @model_validator(mode="after")
    def _quality_fits_the_image(self) -> Self:
        if self.quality is not None and self.quality.size != self.image.size:
            raise ValueError(
                f"The quality limits must be for the model's images, {self.image.size} px. "
                f"Received {self.quality.size} px."
            )
        return self

    @property
    def malignant(self) -> tuple[bool, ...]:
        """Malignancy of each class, in class order."""
        return tuple(item.malignant for item in self.classes)

    def write(self, directory: Path) -> None:
        """Write manifest.json into the bundle directory."""
        (directory / MANIFEST_FILE).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read manifest.json. Raises `InvalidBundle` when it is absent or does not fit the schema."""
        path = directory / MANIFEST_FILE
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise InvalidBundle(f"{path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InvalidBundle(f"{path} does not fit the schema: {where}: {first['msg']}.") from error

    def verify(self, directory: Path) -> None:
        """Check that the bundle holds exactly the files listed, each with its hash. Raises `InvalidBundle`."""
        present = {path.name for path in directory.iterdir()} - {MANIFEST_FILE}
        if present != self.files.keys():
            raise InvalidBundle(
                f"{directory} does not hold the files its manifest lists. Expected {sorted(self.files)}. "
                f"Received {sorted(present)}."
            )
        for name, expected in self.files.items():
            received = sha256(directory / name)
            if received != expected:
                raise InvalidBundle(f"{directory / name} was changed. Expected sha256 {expected}. Received {received}.")


def digest(directory: Path) -> str:
    """Identity of a bundle: `sha256:` and the hash of its manifest.json."""
    return "sha256:" + sha256(directory / MANIFEST_FILE)


def sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file. Raises `InvalidBundle` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidBundle(f"{path} cannot be read: {error.strerror}.") from error
