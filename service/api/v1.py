"""The v1 API: one image and what is known of the patient, to a calibrated answer."""

import asyncio
from time import monotonic

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from lesion.image import InvalidImage
from service import limits, schemas
from service.api.documentation import PREDICT_REQUEST, problems
from service.errors import (
    BodyTimeout,
    ClientDeparted,
    DeadlineExceeded,
    FieldError,
    InvalidPatient,
    InvalidRequest,
    MalformedBody,
    NotReady,
    Overloaded,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from service.metadata import METADATA_CAP_BYTES, Metadata
from service.metrics import Metrics
from service.multipart import read_parts
from service.predictor import Case, Predictor
from service.schemas import ModelList, PredictionAnswer
from service.store import Store

PREDICT_ERRORS = (
    MalformedBody,
    BodyTimeout,
    PayloadTooLarge,
    UnsupportedMediaType,
    InvalidImage,
    InvalidPatient,
    InvalidRequest,
    NotReady,
    Overloaded,
    DeadlineExceeded,
)


def routes(predictor: Predictor, store: Store, metrics: Metrics, deadline_seconds: float) -> APIRouter:
    """The operations of this API."""
    router = APIRouter(prefix="/v1", tags=["v1"])

    @router.post(
        "/predict",
        response_model=PredictionAnswer,
        responses=problems(*PREDICT_ERRORS),
        openapi_extra=PREDICT_REQUEST,
        summary="Classify one dermoscopic image",
    )
    async def predict(request: Request) -> Response:
        """Probabilities over eight diagnostic categories for one image, the patient's age, sex and the site.

        The whole `metadata` part may be left out, and each of its fields may be absent or null.
        """
        begun = monotonic()
        with metrics.request(request.state), predictor.admit():
            deadline = limits.deadline(request.headers, deadline_seconds)
            case, references = await _read(request, deadline)
            metrics.stage("admit", monotonic() - begun)
            async with limits.attended(request.receive):
                prediction = await predictor.predict(case, deadline)
            total_seconds = monotonic() - begun
            metrics.prediction(prediction, total_seconds)
            answer = PredictionAnswer.of(prediction, request.state.request_id, references, total_seconds)
            return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")

    @router.get("/models", summary="List the models that answer")
    async def models() -> ModelList:
        """Name, version, digest, training data and metrics of every model that answers. Empty while it loads."""
        return ModelList(models=tuple(schemas.describe(model.bundle) for model in store.live()))

    return router


async def _read(request: Request, deadline: float) -> tuple[Case, dict[str, str]]:
    """The case in the body, and the caller's references. Raises what `read_parts` and `Metadata.parse` raise."""
    caps = {"image": None, "metadata": METADATA_CAP_BYTES}
    try:
        async with asyncio.timeout(deadline - monotonic()):
            parts = await read_parts(request.headers.get("content-type"), request.stream(), caps)
    except TimeoutError as error:
        raise BodyTimeout("The whole body was expected within the deadline. Received a part of it.") from error
    except ClientDisconnect as error:
        raise ClientDeparted("The caller closed the connection while sending.") from error
    if "image" not in parts:
        received = ", ".join(parts) or "no part"
        raise InvalidRequest(
            f"The form has no image. Expected a file part named image. Received {received}.",
            [FieldError(field="image", expected="a file part", received=received)],
        )
    metadata = Metadata.parse(parts["metadata"]) if "metadata" in parts else Metadata()
    return Case(parts["image"], metadata), metadata.references
