"""Errors as problem+json (RFC 9457), the framework's own among them."""

import re

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.errors import KINDS, UNEXPECTED, FieldError, InvalidRequest, Kind, kind

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """Why a request was not answered: what was wrong, what was expected, what was received."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(
        description="Identifies the kind of problem and stays the same between releases.",
        examples=["urn:problem-type:dermserve:invalid-patient"],
    )
    title: str = Field(description="The kind of problem in words.", examples=["The metadata is invalid"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(description="What was wrong with this very request.")
    request_id: str = Field(description="The id under which the service's log knows this request.")
    errors: tuple[FieldError, ...] | None = Field(None, description="Each thing wrong, where there is a list of them.")


def problem_type(error: type[Exception]) -> str:
    """`InvalidImage` → `urn:problem-type:dermserve:invalid-image`."""
    return "urn:problem-type:dermserve:" + re.sub(r"(?<!^)(?=[A-Z])", "-", error.__name__).lower()


def install(app: FastAPI) -> None:
    """Answer every error of the table, and every error of the framework, with a problem."""
    app.add_exception_handler(HTTPException, _framework)
    for error in KINDS:
        app.add_exception_handler(error, _known)


def failure(request: Request, error: Exception) -> Response:
    """Answer what is not in the table: the caller gets an id to report, the trace is in the log."""
    del error  # its text may say anything
    request_id = request.state.request_id
    detail = f"An unexpected error occurred. Report it with the id {request_id}."
    problem = Problem(
        type="about:blank", title=UNEXPECTED.title, status=UNEXPECTED.status, detail=detail, request_id=request_id
    )
    return _render(problem, {})


async def _known(request: Request, error: Exception) -> Response:
    meaning = kind(error)
    problem = Problem(
        type=problem_type(type(error)),
        title=meaning.title,
        status=meaning.status,
        detail=str(error),
        request_id=request.state.request_id,
        errors=(error.errors or None) if isinstance(error, InvalidRequest) else None,
    )
    return _render(problem, headers(meaning))


async def _framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError(f"This handler is for the framework's errors. Received {type(error).__name__}.") from error
    problem = Problem(
        type="about:blank",
        title=error.detail,
        status=error.status_code,
        detail=f"{request.method} is not answered here: {error.detail}.",
        request_id=request.state.request_id,
    )
    return _render(problem, dict(error.headers or {}))


def headers(meaning: Kind) -> dict[str, str]:
    """Response headers that an error calls for."""
    found = {}
    if meaning.retry_after_seconds is not None:
        found["Retry-After"] = str(meaning.retry_after_seconds)
    if meaning.closes:
        found["Connection"] = "close"
    return found


def _render(problem: Problem, extra: dict[str, str]) -> Response:
    content = problem.model_dump_json(exclude_none=True)
    return Response(content, problem.status, extra, media_type=MEDIA_TYPE)
