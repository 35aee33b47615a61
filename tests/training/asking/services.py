"""The service as it is, in this process; and stand-ins that misbehave in one way each."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from python_multipart.multipart import parse_options_header

from lesion.diagnosis import CODES
from service.app import create_app
from service.settings import Settings
from training.archive.retry import Patience
from training.asking import service
from training.asking.asked import Asked
from training.asking.bundle import Bundle
from training.catalog import Catalog
from training.pipeline import InOrder

Respond = Callable[[httpx.Request], httpx.Response]
EVEN = [{"category": code, "probability": 0.125} for code in CODES]


@asynccontextmanager
async def live(models: Path, **settings: object) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings.model_validate({"models": models, "lanes": 2, **settings}))
    async with app.router.lifespan_context(app):
        await app.state.lifecycle.settled.wait()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            yield client


def ask_live(opened: Bundle, shown: Catalog, whole: InOrder, **settings: object) -> Asked:
    async def run() -> Asked:
        async with live(opened.directory.parents[1], **settings) as client:
            return await service.ask(client, opened, shown, whole, patience=patience(attempts=100_000))

    return asyncio.run(run())


def ask_standing_in(respond: Respond, opened: Bundle, shown: Catalog, whole: InOrder, in_flight: int = 8) -> Asked:
    async def run() -> Asked:
        async with httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://test") as client:
            return await service.ask(client, opened, shown, whole, in_flight, patience(attempts=3))

    return asyncio.run(run())


def patience(attempts: int) -> Patience:
    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    return Patience(attempts=attempts, sleep=sleep)


def metadata(request: httpx.Request) -> dict[str, dict[str, str]]:
    """The part of that name of a form."""
    _, options = parse_options_header(request.headers["content-type"])
    for piece in request.content.split(b"--" + options[b"boundary"]):
        if b'name="metadata"' in piece:
            found: dict[str, dict[str, str]] = json.loads(piece.partition(b"\r\n\r\n")[2])
            return found
    raise AssertionError(request.content)


@dataclass
class Answering:
    """Answers as the service would, after `before` has had its say."""

    opened: Bundle
    before: Respond = lambda _: httpx.Response(200)
    changed: dict[str, object] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        first = self.before(request)
        if first.status_code != 200:
            return first
        body = {
            "model": {"digest": self.opened.digest, "precision": "float32"},
            "references": metadata(request)["references"],
            "diagnoses": EVEN,
        }
        return httpx.Response(200, json={**body, **self.changed})
