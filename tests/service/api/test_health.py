import threading
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from service.api import health, problems
from service.app import create_app, prove
from service.batcher import Batcher
from service.exchange import Exchange
from service.lifecycle import Lifecycle
from service.metrics import Metrics
from service.settings import Settings
from service.store import Bundle, Store

pytestmark = pytest.mark.anyio


async def statuses(client: httpx.AsyncClient) -> list[int]:
    return [(await client.get(f"/health/{probe}")).status_code for probe in ("live", "startup", "ready")]


async def test_probes_tell_loading_ready_and_draining_apart(models: Path) -> None:
    let_go = threading.Event()

    def slow() -> Bundle:
        assert let_go.wait(30)
        return prove(Settings(models=models))

    store = Store(slow, lambda bundle: Batcher(bundle.runtime.run, lanes=1, max_batch=1))
    metrics = Metrics()
    lifecycle = Lifecycle(store, metrics.model)
    app = FastAPI()
    app.include_router(health.routes(lifecycle, metrics))
    problems.install(app)
    app.add_middleware(Exchange, draining=lambda: lifecycle.draining_since is not None, on_failure=problems.failure)
    async with lifecycle.run(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        assert await statuses(client) == [200, 503, 503]
        loading = await client.get("/health/ready")
        assert loading.headers["content-type"] == "application/problem+json"
        assert loading.headers["retry-after"] == "1"
        assert "being loaded" in loading.json()["detail"]
        let_go.set()
        await lifecycle.settled.wait()
        assert await statuses(client) == [200, 200, 200]
        assert "connection" not in (await client.get("/health/live")).headers
        lifecycle.drain()
        assert await statuses(client) == [200, 200, 503]
        assert (await client.get("/health/live")).headers["connection"] == "close"


async def test_a_failed_load_is_never_ready(tmp_path: Path) -> None:
    app = create_app(Settings(models=tmp_path))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        await app.state.lifecycle.settled.wait()
        assert await statuses(client) == [200, 503, 503]
        assert app.state.lifecycle.failure is not None
        response = await client.post("/v1/predict", files={"image": b"x"})
        assert response.status_code == 503
