"""What the v1 API takes and gives, as it appears in the OpenAPI document."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from lesion.patient import SITES, Patient, Sex
from service.errors import FieldError, InvalidPatient
from service.predictor import Prediction
from service.store import Bundle

METADATA_CAP_BYTES = 64 * 1024

DISCLAIMER = (
    "Research software, not a medical device. Probabilities are relative to the eight categories: they say nothing of "
    "a lesion outside them. Malignancy sums MEL, BCC and SCC; actinic keratosis (AK) is pre-malignant and not counted."
)

Reference = Annotated[str, StringConstraints(max_length=200)]

_EXPECTED = {
    "age": "a number from 0 to 120, or null",
    "sex": f"one of {', '.join(get_args(Sex))}, or null",
    "site": f"one of {', '.join(SITES)}, or null",
    "references": "an object of at most 16 strings, names up to 64 and values up to 200 characters long",
}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict, if it names each field once; which of two ages is meant is not ours to guess."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidPatient("The metadata names a field twice. Expected each field once. Received " + _names(pairs))
    return fields


def _names(pairs: list[tuple[str, Any]]) -> str:
    return _printable(", ".join(name[:40] for name, _ in pairs[:16])) + "."


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


class Metadata(Patient):
    """What is known of the patient, and the caller's own ids. Every field may be absent or null."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"age": 55, "sex": "female", "site": "anterior torso", "references": {}}]}
    )

    references: dict[Annotated[str, StringConstraints(min_length=1, max_length=64)], Reference] = Field(
        default_factory=dict, max_length=16, description="The caller's own ids, given back as they are, never logged."
    )

    @field_validator("references", mode="before")
    @classmethod
    def _null_is_none(cls, value: object) -> object:
        return {} if value is None else value

    @field_validator("references")
    @classmethod
    def _can_be_given_back(cls, value: dict[str, str]) -> dict[str, str]:
        for text in (*value, *value.values()):
            text.encode()  # half a surrogate pair raises a ValueError
        return value

    @classmethod
    def parse(cls, data: bytes) -> "Metadata":
        """Read the `metadata` part. Raises `InvalidPatient`, which lists every field that is wrong."""
        try:
            fields = _DECODER.decode(data.decode("utf-8-sig"))
        except InvalidPatient:
            raise
        except (ValueError, RecursionError) as error:  # a UnicodeDecodeError is a ValueError too
            raise _no_object(_shown(data.decode("utf-8", "replace"))) from error
        if not isinstance(fields, dict):
            raise _no_object(_shown(fields))
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            found = [_field_error(detail["loc"], detail["input"]) for detail in error.errors(include_url=False)]
            listed = " ".join(f"{item.field}: expected {item.expected}; received {item.received}." for item in found)
            raise InvalidPatient(f"The metadata is invalid. {listed}", found) from error


def _no_object(received: str) -> InvalidPatient:
    expected = "a JSON object"
    return InvalidPatient(
        f"The metadata part is no JSON object. Expected {expected}. Received {received}.",
        [FieldError(field="metadata", expected=expected, received=received)],
    )


def _field_error(location: tuple[int | str, ...], received: object) -> FieldError:
    name = str(location[0]) if location else "metadata"
    where = _printable(".".join(str(part)[:64] for part in ("metadata", *location)))
    expected = _EXPECTED.get(name, f"only the fields {', '.join(_EXPECTED)}")
    return FieldError(field=where, expected=expected, received=_shown(received))


def _shown(value: object) -> str:
    return _printable(json.dumps(value, ensure_ascii=False)[:80])


def _printable(text: str) -> str:
    """JSON can name half a surrogate pair, which no answer can hold."""
    return text.encode("utf-8", "replace").decode()


class ModelIdentity(BaseModel):
    """Which model answered."""

    name: str = Field(examples=["dermoscopy"])
    version: str = Field(examples=["1"])
    digest: str = Field(description="Hash of the bundle's manifest, which holds the hash of every file of the bundle.")
    precision: Literal["float32", "float16", "int8", "bfloat16"]


class Diagnosis(BaseModel):
    """One category and its probability, relative to the eight categories."""

    category: str = Field(examples=["MEL"])
    name: str = Field(examples=["Melanoma"])
    probability: float = Field(ge=0, le=1)
    malignant: bool = Field(description="Actinic keratosis (AK) is pre-malignant and not counted as malignant.")


class Malignancy(BaseModel):
    """How likely the lesion is malignant, if it is of one of the eight categories."""

    probability: float = Field(ge=0, le=1, description="Sum over the malignant categories: MEL, BCC and SCC.")


class Timing(BaseModel):
    """Where the time went, in milliseconds."""

    prepare: float = Field(description="Decoding the image and encoding the metadata.")
    queue: float = Field(description="Waiting for a free lane.")
    run: float = Field(description="Running the model, with whatever shared the batch.")
    total: float = Field(description="From the first byte of the request's headers understood to the answer.")


class PredictionAnswer(BaseModel):
    """The answer to one image."""

    id: str = Field(description="Id of the request, as in the X-Request-ID header.")
    model: ModelIdentity
    diagnoses: tuple[Diagnosis, ...] = Field(description="All categories, the most probable first.")
    malignancy: Malignancy
    references: dict[str, str] = Field(description="The caller's own ids, as they were sent.")
    timing_ms: Timing
    disclaimer: str

    @classmethod
    def of(
        cls, prediction: Prediction, request_id: str, references: dict[str, str], total_seconds: float
    ) -> "PredictionAnswer":
        """The answer as the caller reads it."""
        classes = prediction.bundle.manifest.classes
        ranked = sorted(
            zip(classes, prediction.probabilities.tolist(), strict=True), key=lambda pair: pair[1], reverse=True
        )
        return cls(
            id=request_id,
            model=identity(prediction.bundle),
            diagnoses=tuple(
                Diagnosis(category=item.code, name=item.name, probability=probability, malignant=item.malignant)
                for item, probability in ranked
            ),
            # Rounding in the softmax may leave a sum of 1.0000000000000002.
            malignancy=Malignancy(probability=min(prediction.malignancy, 1.0)),
            references=references,
            timing_ms=Timing(
                prepare=_milliseconds(prediction.prepare_seconds),
                queue=_milliseconds(prediction.queue_seconds),
                run=_milliseconds(prediction.run_seconds),
                total=_milliseconds(total_seconds),
            ),
            disclaimer=DISCLAIMER,
        )


class ModelDescription(ModelIdentity):
    """A model that answers."""

    created: datetime
    categories: tuple[str, ...] = Field(description="Category codes in class order.")
    image_size: int = Field(description="Side of the square the model sees, in pixels.")
    intended_use: str
    training_data: str
    license: str = Field(description="License of the training data.")
    metrics: dict[str, float | None] = Field(description="Headline metrics on the held-out test split.")


class ModelList(BaseModel):
    """Every model that answers."""

    models: tuple[ModelDescription, ...]


def identity(bundle: Bundle) -> ModelIdentity:
    """Name, version, digest and precision of a bundle."""
    return ModelIdentity(
        name=bundle.manifest.name,
        version=bundle.manifest.version,
        digest=bundle.digest,
        precision=bundle.variant.precision,
    )


def describe(bundle: Bundle) -> ModelDescription:
    """What a caller may know of a model."""
    manifest = bundle.manifest
    return ModelDescription(
        **identity(bundle).model_dump(),
        created=manifest.created,
        categories=tuple(item.code for item in manifest.classes),
        image_size=manifest.image.size,
        intended_use=manifest.intended_use,
        training_data=manifest.training.data,
        license=manifest.training.license,
        metrics=manifest.metrics,
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
