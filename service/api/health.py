"""Probes and metrics, for whoever operates the service."""

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from service.api.documentation import problems
from service.errors import NotReady
from service.lifecycle import Lifecycle
from service.metrics import Metrics


class Healthy(BaseModel):
    """The probe succeeds."""

    status: Literal["ok"] = "ok"


def routes(lifecycle: Lifecycle, metrics: Metrics) -> APIRouter:
    """The operations an orchestrator calls."""
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", summary="Is the process alive?")
    async def live() -> Healthy:
        """200 as long as the event loop turns. Depends on nothing else: restarting does not cure a bad bundle."""
        return Healthy()

    @router.get("/health/startup", responses=problems(NotReady), summary="Has the first load ended?")
    async def startup() -> Healthy:
        """503 until the model has been loaded for the first time, 200 ever after."""
        if not lifecycle.started:
            raise NotReady(lifecycle.obstacle)
        return Healthy()

    @router.get("/health/ready", responses=problems(NotReady), summary="Should traffic be sent here?")
    async def ready() -> Healthy:
        """503 until the model has been verified, proved and warmed up, and again while the service drains."""
        if lifecycle.obstacle:
            raise NotReady(lifecycle.obstacle)
        return Healthy()

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def prometheus() -> Response:
        """Metrics in Prometheus' text format."""
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router
