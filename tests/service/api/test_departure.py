"""Deadlines and departures while a case waits for a lane: one lane, and a run that the test holds back."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from service.api import problems, v1
from service.app import prove
from service.batcher import Batcher
from service.exchange import Exchange
from service.metrics import Metrics
from service.predictor import Predictor
from service.runtime import Logits
from service.settings import Settings
from service.store import Bundle, Inputs, Lanes, Store
from tests.service.pictures import picture

pytestmark = pytest.mark.anyio


class Held:
    """The v1 API over a model whose first run waits for `let_go`."""

    def __init__(self, models: Path) -> None:
        self.let_go = threading.Event()
        self.running = threading.Event()
        self.batches: list[int] = []
        self.metrics = Metrics()
        self.store = Store(partial(prove, Settings(models=models)), self._start)
        self.store.load()
        self.app = FastAPI()
        predictor = Predictor(self.store, max_in_flight=9)
        self.app.include_router(v1.routes(predictor, self.store, self.metrics, deadline_seconds=10))
        problems.install(self.app)
        self.app.add_middleware(Exchange, draining=lambda: False, on_failure=problems.failure)

    def _start(self, bundle: Bundle) -> Lanes:
        def run(inputs: Sequence[Inputs]) -> Logits:
            self.batches.append(len(inputs))
            self.running.set()
            assert self.let_go.wait(30)
            return bundle.runtime.run(inputs)

        return Batcher(run, lanes=1, max_batch=8, on_skip=self.metrics.skipped)

    def told(self, sample: str) -> bool:
        return sample in self.metrics.render().decode()


@asynccontextmanager
async def held(models: Path) -> AsyncIterator[tuple[Held, httpx.AsyncClient]]:
    service = Held(models)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://test") as client:
        try:
            yield service, client
        finally:
            service.let_go.set()
            service.store.close()


def ask(client: httpx.AsyncClient, **headers: str) -> "asyncio.Task[httpx.Response]":
    return asyncio.create_task(client.post("/v1/predict", files={"image": picture()}, headers=headers))


async def test_a_deadline_that_passes_in_the_queue_is_504_and_never_runs(models: Path) -> None:
    async with held(models) as (service, client):
        first = ask(client)
        await asyncio.to_thread(service.running.wait)
        late = await ask(client, **{"X-Request-Timeout-Ms": "20"})
        assert late.status_code == 504
        assert late.json()["type"] == "urn:problem-type:dermserve:deadline-exceeded"
        service.let_go.set()
        assert (await first).status_code == 200
        assert (await ask(client)).status_code == 200
        assert service.batches == [1, 1]
        assert service.told('dermserve_requests_total{outcome="expired"} 1.0')
        assert service.told('dermserve_skipped_total{reason="expired"} 1.0')


async def test_a_caller_who_leaves_is_never_run(models: Path) -> None:
    async with held(models) as (service, client):
        first = ask(client)
        await asyncio.to_thread(service.running.wait)
        await leave(service.app)
        service.let_go.set()
        assert (await first).status_code == 200
        assert (await ask(client)).status_code == 200
        assert service.batches == [1, 1]
        assert service.told('dermserve_requests_total{outcome="cancelled"} 1.0')
        assert service.told('dermserve_skipped_total{reason="departed"} 1.0')


async def leave(app: FastAPI) -> None:
    """Send a whole request, and close the connection while it waits."""
    request = httpx.Request("POST", "http://test/v1/predict", files={"image": picture()})
    messages: list[Message] = [
        {"type": "http.request", "body": request.read(), "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        assert message.get("status", 499) == 499

    headers = [(name.lower(), value) for name, value in request.headers.raw]
    scope = {"type": "http", "method": "POST", "path": "/v1/predict", "headers": headers, "query_string": b""}
    await app({**scope, "http_version": "1.1", "scheme": "http", "root_path": ""}, receive, send)
