"""The OpenAPI document, and the pages that show it. What FastAPI cannot read off a signature is declared here."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from lesion.image import FORMATS
from service import multipart
from service.api import problems as rendering
from service.errors import KINDS, UNEXPECTED
from service.metadata import Metadata

_ASSETS = "/docs/assets"
_PROBLEM = {"$ref": "#/components/schemas/Problem"}

PREDICT_REQUEST: dict[str, Any] = {
    "parameters": [
        {
            "name": "X-Request-ID",
            "in": "header",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
            "description": "The caller's id for this request. One is made up where it is absent or does not match. "
            "It is logged: do not put anything about a patient into it.",
        },
        {
            "name": "X-Request-Timeout-Ms",
            "in": "header",
            "schema": {"type": "integer", "minimum": 1},
            "description": "Give up after so many milliseconds. May only shorten the service's own deadline.",
        },
    ],
    "requestBody": {
        "required": True,
        "content": {
            multipart.MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "additionalProperties": False,
                    "properties": {
                        "image": {
                            "type": "string",
                            "format": "binary",
                            "contentMediaType": "application/octet-stream",
                            "description": f"The image file: {', '.join(FORMATS)}. The content decides, not the name.",
                        },
                        "metadata": {"$ref": "#/components/schemas/Metadata"},
                    },
                },
                "encoding": {"metadata": {"contentType": "application/json"}},
            }
        },
    },
}


def problems(*errors: type[Exception]) -> dict[int | str, dict[str, Any]]:
    """Responses of an operation that may raise these errors, and fail: one entry a status, one example an error."""
    responses: dict[int | str, dict[str, Any]] = {500: _response(UNEXPECTED.title)}
    for error in errors:
        meaning = KINDS[error]
        response = responses.setdefault(meaning.status, _response(meaning.title))
        if meaning.title not in response["description"]:
            response["description"] += f"; or: {meaning.title[0].lower()}{meaning.title[1:]}"
        examples = response["content"][rendering.MEDIA_TYPE].setdefault("examples", {})
        examples[error.__name__] = {"summary": (error.__doc__ or "").splitlines()[0], "value": _example(error)}
        if meaning.retry_after_seconds is not None:
            response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return responses


def _response(description: str) -> dict[str, Any]:
    return {"description": description, "content": {rendering.MEDIA_TYPE: {"schema": _PROBLEM}}}


def _example(error: type[Exception]) -> dict[str, Any]:
    meaning = KINDS[error]
    return {
        "type": rendering.problem_type(error),
        "title": meaning.title,
        "status": meaning.status,
        "detail": "What was wrong. Expected … Received …",
        "request_id": "5f2b9d0c3a1e4c7f8a6b1d2e3f405162",
    }


def schema(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an app, with the schemas that are referred to by hand."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        models = [(Metadata, "validation"), (rendering.Problem, "serialization")]
        _, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
        document["components"]["schemas"] |= definitions["$defs"]
        app.openapi_schema = document
    return app.openapi_schema


def routes(app: FastAPI) -> APIRouter:
    """`/docs`, whose script and style come from this service: a hospital's network may not reach a CDN."""
    router = APIRouter(include_in_schema=False)
    app.mount(_ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]), name="docs-assets")

    @router.get("/docs")
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        return get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{root}{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{root}{_ASSETS}/favicon.png",
        )

    return router
