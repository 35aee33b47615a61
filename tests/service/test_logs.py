import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service import logs
from service.app import create_app
from service.settings import Settings
from tests.service.pictures import picture

pytestmark = pytest.mark.anyio

IDENTIFYING = ("Doe-Jane", "MRN-4711", "83.25", "lateral torso", "passport.png", "elbow-secret", "query-secret")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, at the most talkative level."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("debug", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_nothing_of_a_request_reaches_the_log(models: Path, lines: io.StringIO) -> None:
    app = create_app(Settings(models=models, lanes=1))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        await app.state.lifecycle.settled.wait()
        good = '{"age": 83.25, "sex": "male", "site": "lateral torso", "references": {"Doe-Jane": "MRN-4711"}}'
        bad = '{"age": 83.25, "site": "elbow-secret", "Doe-Jane": "MRN-4711"}'
        for data, metadata in [
            (picture(), good),
            (picture(), bad),
            (b"MRN-4711 no image", good),
            (picture(), "Doe-Jane"),
        ]:
            files = {"image": ("passport.png", data), "metadata": ("passport.png", metadata.encode())}
            await client.post("/v1/predict?name=query-secret", files=files)
        await client.post(
            "/v1/predict", content=b"MRN-4711", headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
        await client.get("/Doe-Jane/MRN-4711")
    text = lines.getvalue()
    assert [word for word in IDENTIFYING if word in text] == []
    requests = [event for event in events(lines) if event["event"] == "request"]
    assert [event["status"] for event in requests] == [200, 422, 422, 422, 400, 404]
    assert [event["route"] for event in requests] == ["/v1/predict"] * 5 + ["unmatched"]
    allowed = {"time", "level", "event", "message", "logger", *logs.Fields.__annotations__}
    assert {name for event in events(lines) for name in event} <= allowed


async def test_a_failure_is_traced_without_its_text_and_the_caller_gets_an_id(models: Path, lines: io.StringIO) -> None:
    app = create_app(Settings(models=models, lanes=1))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("Doe-Jane")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        response = await client.get("/broken")
    assert response.status_code == 500
    assert "Doe-Jane" not in response.text + lines.getvalue()
    failure = next(event for event in events(lines) if event["event"] == "failure")
    assert failure["error"] == "RuntimeError"
    assert "in broken" in str(failure["trace"])
    assert failure["request_id"] == response.json()["request_id"] == response.headers["x-request-id"]


def test_a_library_s_text_is_left_out_and_the_server_s_kept(lines: io.StringIO) -> None:
    logging.getLogger("python_multipart.multipart").warning("Doe-Jane")
    logging.getLogger("uvicorn.error").info("Shutting %s", "down")
    try:
        int("Doe-Jane")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    library, server, failed = events(lines)
    assert library == {
        "time": library["time"],
        "level": "warning",
        "event": "library",
        "logger": "python_multipart.multipart",
    }
    assert server["message"] == "Shutting down"
    assert failed["error"] == "ValueError"
    assert "Doe-Jane" not in lines.getvalue()


def test_a_chain_of_causes_is_traced() -> None:
    def fail() -> None:
        try:
            dict[str, int]()["Doe-Jane"]
        except KeyError as error:
            raise ValueError("MRN-4711") from error

    with pytest.raises(ValueError, match="MRN") as caught:
        fail()
    described = logs.describe(caught.value)
    assert [line for line in described["trace"] if not line.startswith(" ")] == [
        "builtins.ValueError",
        "builtins.KeyError",
    ]
