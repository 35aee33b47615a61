import io
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from service import logs
from service.app import create_app
from service.settings import Settings
from tests.service.bundles import write_bundle


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models directory with one bundle, shared and not to be changed."""
    directory = tmp_path_factory.mktemp("models")
    write_bundle(directory)
    return directory


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(models: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a loaded service in this process, with a small body cap."""
    app = create_app(Settings(models=models, lanes=2, max_body_bytes=200_000))
    async with app.router.lifespan_context(app):
        await app.state.lifecycle.settled.wait()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            yield client


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the service logs meanwhile; the root logger is put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
