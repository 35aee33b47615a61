"""The manifest of a model bundle: what the model is, how to feed it, how to read it, and the hash of every file.

models/<name>/<version>/manifest.json  [manifest.json.minisig]  model.onnx  golden.npz  card.md
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lesion.bundle_files import MANIFEST_FILE, InvalidBundle, check_file, check_hash, check_list, read, sha256
from lesion.diagnosis import CATEGORIES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from lesion.quality import QualitySpec
from lesion.variant import FILE_PATTERN, Precision, Variant

__all__ = [
    "ISIC2019_CLASSES",
    "MANIFEST_FILE",
    "NAME_PATTERN",
    "SIGNATURE_FILE",
    "VERSION_PATTERN",
    "InvalidBundle",
    "Manifest",
    "ModelClass",
    "Training",
    "digest",
    "digest_of",
    "sha256",
]

NEWEST_SCHEMA: Literal[3] = 3
SIGNATURE_FILE = f"{MANIFEST_FILE}.minisig"
"""Of lesion.signature. May stand beside the manifest, which cannot list it: it is made from the manifest."""
NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
VERSION_PATTERN = r"^[1-9][0-9]{0,8}$"


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


class _Written(BaseModel):
    """As much of a manifest as any schema has."""

    model_config = ConfigDict(extra="ignore")

    schema_version: object = None


class Training(_Part):
    """Where the model comes from."""

    recipe: str
    data: str
    license: str
    images: int = Field(ge=0, description="Images in the training split.")
    initial_weights: str
    supposed: tuple[float, ...] = Field(
        (),
        description="How frequent the logits suppose each class, shares in class order: what a new decision starts "
        "from. Empty: not recorded, before schema 3.",
    )


FileName = Annotated[str, Field(pattern=FILE_PATTERN)]
FileHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(_Part):
    """manifest.json. `digest` (sha256 of this file) identifies the bundle in every answer."""

    schema_version: Literal[1, 2, 3] = Field(
        NEWEST_SCHEMA,
        description="2 adds the decision beyond the temperature, and the quality gate; 3 adds variants in other "
        "precisions, their golden logits and their proofs. Bundles of 1 and 2 still answer.",
    )
    name: str = Field(pattern=NAME_PATTERN)
    version: str = Field(pattern=VERSION_PATTERN)
    created: datetime
    git_revision: str
    derived_from: str | None = Field(
        None, description="Digest of the bundle that this one was made of, without training anew."
    )
    classes: tuple[ModelClass, ...] = Field(min_length=2)
    image: ImageSpec
    metadata: MetadataSpec
    variants: tuple[Variant, ...] = Field(min_length=1)
    quality: QualitySpec | None = Field(None, description="What is asked of a picture before the model sees it.")
    training: Training
    intended_use: str
    metrics: dict[str, float | None] = Field(description="Headline metrics on the held-out test split, as in card.md.")
    files: dict[FileName, FileHash] = Field(description="sha256 of every other file of the bundle, by name.")

    @model_validator(mode="after")
    def _files_are_listed(self) -> Self:
        unlisted = {variant.file for variant in self.variants} - self.files.keys()
        if unlisted:
            raise ValueError(f"Variants without a hash: {sorted(unlisted)}.")
        return self

    @model_validator(mode="after")
    def _variants_are_told_apart(self) -> Self:
        for what, given in (
            ("precision", [variant.precision for variant in self.variants]),
            ("file", [variant.file for variant in self.variants]),
        ):
            if len(set(given)) < len(given):
                raise ValueError(f"Each variant must have a {what} of its own. Received {given}.")
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

    def variant(self, precision: Precision) -> Variant:
        """The variant in a precision. Raises `InvalidBundle` when there is none."""
        for each in self.variants:
            if each.precision == precision:
                return each
        raise InvalidBundle(
            f"{self.name} version {self.version} has no variant in {precision}. "
            f"Expected one of {[each.precision for each in self.variants]}."
        )

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
        return cls.parse(path, read(path))

    @classmethod
    def parse(cls, path: Path, content: bytes) -> Self:
        """The manifest in the content of a file. Raises `InvalidBundle` when it does not fit the schema."""
        try:
            # First, or a newer manifest would be said to have unknown fields.
            written = _Written.model_validate_json(content).schema_version
            if isinstance(written, int) and written > NEWEST_SCHEMA:
                raise InvalidBundle(
                    f"{path} was written for schema {written}, this program reads 1 to {NEWEST_SCHEMA}."
                )
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InvalidBundle(f"{path} does not fit the schema: {where}: {first['msg']}.") from error

    def expect_at(self, directory: Path) -> None:
        """Check that the bundle lies where its name and version say, `<models>/<name>/<version>`.

        Raises `InvalidBundle`.
        """
        # Not resolved: a mounted volume may link a version to wherever its files lie.
        parts = directory.absolute().parts[-2:]
        if (self.name, self.version) != parts:
            raise InvalidBundle(
                f"{directory} holds another bundle. Expected {' version '.join(parts)}. "
                f"Received {self.name} version {self.version}."
            )

    def verify(self, directory: Path) -> None:
        """Check that the bundle holds exactly the files listed, each a regular file with its hash, of a sane size.

        A signature may stand beside them; whether it fits is told by `lesion.signature`. Raises `InvalidBundle`.
        """
        signature = directory / SIGNATURE_FILE
        beside = {MANIFEST_FILE}
        if signature.is_symlink() or signature.exists():
            check_file(signature)
            beside.add(SIGNATURE_FILE)
        check_list(directory, {*self.files, *beside})
        for name, expected in self.files.items():
            check_hash(directory / name, expected)


def digest(directory: Path) -> str:
    """Identity of a bundle: `sha256:` and the hash of its manifest.json."""
    return digest_of(read(directory / MANIFEST_FILE))


def digest_of(content: bytes) -> str:
    """Identity of the bundle whose manifest.json holds this."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
