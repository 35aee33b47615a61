"""What the v1 API gives, as it appears in the OpenAPI document."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from lesion.decision import Decision, Outcome, SetKind
from lesion.quality import Quality
from lesion.variant import Device, Precision, Variant
from service.predictor import Prediction
from service.providers import Provider
from service.store import Bundle

DISCLAIMER = (
    "Research software, not a medical device. Probabilities are relative to the eight categories, as frequent as in "
    "the data of the model: they say nothing of a lesion outside them. Malignancy sums MEL, BCC and SCC; actinic "
    "keratosis (AK) is pre-malignant and not counted. An outcome that is not suspicious does not exclude cancer."
)


class ModelIdentity(BaseModel):
    """Which model answered."""

    name: str = Field(examples=["dermoscopy"])
    version: str = Field(examples=["1"])
    digest: str = Field(description="Hash of the bundle's manifest, which holds the hash of every file of the bundle.")
    precision: Precision


class Diagnosis(BaseModel):
    """One category and its probability, relative to the eight categories."""

    category: str = Field(examples=["MEL"])
    name: str = Field(examples=["Melanoma"])
    probability: float = Field(ge=0, le=1)
    malignant: bool = Field(description="Actinic keratosis (AK) is pre-malignant and not counted as malignant.")


class Malignancy(BaseModel):
    """How likely the lesion is malignant, if it is of one of the eight categories."""

    probability: float = Field(ge=0, le=1, description="Sum over the malignant categories: MEL, BCC and SCC.")
    threshold: float | None = Field(None, ge=0, le=1, description="From here on the lesion is called suspicious.")
    sensitivity: float | None = Field(
        None, description="The operating point: the share of malignant lesions that the threshold was set to catch."
    )


class PredictionSet(BaseModel):
    """The categories that cannot be ruled out (split conformal prediction)."""

    categories: tuple[str, ...] = Field(description="The most probable first. It may be empty.")
    coverage: float = Field(description="Share of lesions like those of the data whose category is in their set.")
    kind: SetKind = Field(
        description="`class_conditional`: covered as often within each category. `marginal`: over all lesions together."
    )
    without_promise: tuple[str, ...] = Field(
        description="Categories that had too few lesions for a coverage of their own; the marginal threshold is theirs."
    )


class UnknownScore(BaseModel):
    """How unlike the picture is to what the model knows."""

    score: float = Field(description="Energy: minus the log of the summed exponentials of the model's outputs.")
    threshold: float = Field(description="Scores above it are unknown; 95 % of the calibration data is not.")


class QualityFinding(BaseModel):
    """Something the picture is not good enough in."""

    code: str = Field(examples=["blurred"])
    rejects: bool = Field(description="Whether this alone makes the picture unusable.")
    message: str = Field(description="What was wrong, what was expected, what was received.")


class ImageQuality(BaseModel):
    """Whether this is a usable dermoscopic picture."""

    usable: bool
    findings: tuple[QualityFinding, ...]


class Timing(BaseModel):
    """Where the time went, in milliseconds."""

    prepare: float = Field(description="Decoding the image and encoding the metadata.")
    queue: float = Field(description="Waiting for a free lane.")
    run: float = Field(description="Running the model, with whatever shared the batch.")
    total: float = Field(description="From the first byte of the request's headers understood to the answer.")


class PredictionAnswer(BaseModel):
    """The answer to one image. What the bundle cannot tell is absent."""

    id: str = Field(description="Id of the request, as in the X-Request-ID header.")
    model: ModelIdentity
    outcome: Outcome | None = Field(
        None,
        description="`rejected`: the picture is not usable, and no diagnosis is given. `suspicious`: malignancy has "
        "reached the threshold, however unknown the picture. `undetermined`: the picture is unlike what the model "
        "knows. `not_suspicious`: none of these.",
    )
    diagnoses: tuple[Diagnosis, ...] | None = Field(None, description="All categories, the most probable first.")
    malignancy: Malignancy | None = None
    prediction_set: PredictionSet | None = None
    unknown: UnknownScore | None = None
    quality: ImageQuality | None = None
    references: dict[str, str] = Field(description="The caller's own ids, as they were sent.")
    timing_ms: Timing
    disclaimer: str

    @classmethod
    def of(
        cls, prediction: Prediction, request_id: str, references: dict[str, str], total_seconds: float
    ) -> "PredictionAnswer":
        """The answer as the caller reads it."""
        decided = {} if prediction.decision is None else _decided(prediction, prediction.decision)
        return cls(
            id=request_id,
            model=identity(prediction.bundle),
            outcome=prediction.outcome,
            **decided,
            quality=None if prediction.quality is None else _quality(prediction.quality),
            references=references,
            timing_ms=Timing(
                prepare=_milliseconds(prediction.prepare_seconds),
                queue=_milliseconds(prediction.queue_seconds),
                run=_milliseconds(prediction.run_seconds),
                total=_milliseconds(total_seconds),
            ),
            disclaimer=DISCLAIMER,
        )


def _decided(prediction: Prediction, decision: Decision) -> dict[str, Any]:
    """The part of an answer that the model's output fills. `decision` holds one row."""
    classes, spec = prediction.bundle.manifest.classes, prediction.bundle.variant.decision
    probabilities = decision.probabilities[0].tolist()
    order = sorted(range(len(classes)), key=lambda place: probabilities[place], reverse=True)
    point, sets = decision.point, spec.prediction_sets
    answer: dict[str, Any] = {
        "diagnoses": tuple(
            Diagnosis(
                category=classes[k].code,
                name=classes[k].name,
                probability=probabilities[k],
                malignant=classes[k].malignant,
            )
            for k in order
        ),
        "malignancy": Malignancy(
            probability=float(decision.malignancy[0]),
            threshold=point and point.threshold,
            sensitivity=point and point.sensitivity,
        ),
    }
    if decision.sets is not None and sets is not None:
        kind = prediction.terms.set_kind
        lacking = sets.without_promise(kind)
        answer["prediction_set"] = PredictionSet(
            categories=tuple(classes[k].code for k in order if decision.sets[0, k]),
            coverage=sets.coverage,
            kind=kind,
            without_promise=tuple(item.code for item, lacks in zip(classes, lacking, strict=True) if lacks),
        )
    if decision.unknown is not None and spec.unknown is not None:
        answer["unknown"] = UnknownScore(score=float(decision.unknown[0]), threshold=spec.unknown.threshold)
    return answer


def _quality(quality: Quality) -> ImageQuality:
    found = tuple(
        QualityFinding(code=item.code, rejects=item.rejects, message=item.message) for item in quality.findings
    )
    return ImageQuality(usable=quality.usable, findings=found)


class VariantDescription(BaseModel):
    """One precision of a model."""

    precision: Precision
    devices: tuple[Device, ...] = Field(description="Where it is meant to run.")
    answers: bool = Field(description="Whether it is the one that answers.")
    speed: float | None = Field(
        description="Images a second over those of the first variant, one at a time, measured here when the service "
        "started. Null where it was not tried, may not answer here, or has nothing to be compared with."
    )
    exported_speed: float | None = Field(description="The same, measured where the bundle was made.")


class ModelDescription(ModelIdentity):
    """A model that answers."""

    device: Device = Field(description="Where it runs.")
    provider: Provider = Field(description="What runs it there.")
    variants: tuple[VariantDescription, ...] = Field(description="Every precision that the bundle holds.")
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
        device=bundle.runtime.device,
        provider=bundle.runtime.provider,
        variants=tuple(_variant(bundle, variant) for variant in manifest.variants),
        created=manifest.created,
        categories=tuple(item.code for item in manifest.classes),
        image_size=manifest.image.size,
        intended_use=manifest.intended_use,
        training_data=manifest.training.data,
        license=manifest.training.license,
        metrics=manifest.metrics,
    )


def _variant(bundle: Bundle, variant: Variant) -> VariantDescription:
    trial = next((trial for trial in bundle.trials if trial.variant.file == variant.file), None)
    speed = None if trial is None else trial.speed(bundle.trials[0])
    return VariantDescription(
        precision=variant.precision,
        devices=variant.devices,
        answers=variant.file == bundle.variant.file,
        speed=None if speed is None else round(speed, 2),
        exported_speed=variant.speed,
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
