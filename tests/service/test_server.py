"""The service as a process: many callers at once, signals, and callers who misbehave on the wire."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.bundles import write_bundle
from tests.service.pictures import picture
from tests.service.processes import Service, running

pytestmark = pytest.mark.anyio


def question(seed: int) -> dict[str, Any]:
    metadata = json.dumps({"age": seed % 100, "references": {"seed": str(seed)}})
    return {"image": picture(seed), "metadata": (None, metadata)}


def probabilities(answer: dict[str, Any]) -> dict[str, float]:
    return {item["category"]: item["probability"] for item in answer["diagnoses"]}


async def test_200_callers_at_once_each_get_their_own_answer(models: Path) -> None:
    with running(models) as service:
        async with httpx.AsyncClient(
            base_url=service.url, timeout=30, limits=httpx.Limits(max_connections=200)
        ) as client:
            alone = [(await client.post("/v1/predict", files=question(seed))).json() for seed in range(200)]
            asked = [client.post("/v1/predict", files=question(seed)) for seed in range(200)]
            together = [response.json() for response in await asyncio.gather(*asked)]
            metrics = (await client.get("/metrics")).text
    assert 'dermserve_requests_total{outcome="ok"} 400.0' in metrics
    assert len({tuple(probabilities(answer).values()) for answer in alone}) == 200
    for seed, (one, other) in enumerate(zip(alone, together, strict=True)):
        assert other["references"] == {"seed": str(seed)}
        assert probabilities(other) == pytest.approx(probabilities(one), abs=1e-6)


async def keep_asking(client: httpx.AsyncClient, statuses: list[int], begun: asyncio.Semaphore) -> None:
    """Ask again and again over one connection, until the service asks to move away."""
    moved = False
    while not moved:
        response = await client.post("/v1/predict", files=question(len(statuses)))
        statuses.append(response.status_code)
        begun.release()
        moved = response.headers.get("connection") == "close"


async def test_sigterm_under_load_loses_no_request(models: Path) -> None:
    statuses: list[int] = []
    begun = asyncio.Semaphore(0)
    with running(models, drain_delay_seconds=2) as service:
        async with httpx.AsyncClient(base_url=service.url, timeout=30) as client, asyncio.TaskGroup() as group:
            callers = [group.create_task(keep_asking(client, statuses, begun)) for _ in range(12)]
            for _ in range(24):
                await begun.acquire()
            service.terminate()
            await asyncio.gather(*callers)
            # The listener is still open, for balancers that have yet to notice: new callers are answered too.
            late = await client.post("/v1/predict", files=question(0))
            ready = await client.get("/health/ready")
        assert service.exit_code() == 0
    assert (late.status_code, ready.status_code) == (200, 503)
    assert set(statuses) == {200}
    assert len([event for event in service.events("request") if event["status"] == 200]) == len(statuses) + 1


async def test_without_a_drain_delay_requests_under_way_are_answered(models: Path) -> None:
    with running(models) as service:
        head, body = raw_request(picture())
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(head + body[:50])
        await until_in_flight(service)
        service.terminate()
        while not service.events("server")[-1]["message"].startswith(("Shutting down", "Waiting for connections")):
            await asyncio.sleep(0.01)  # the log is the only witness of what the process does next
        writer.write(body[50:])
        answer = await reader.read()
        writer.close()
        assert service.exit_code() == 0
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer.lower()


async def until_in_flight(service: Service, count: int = 1) -> None:
    async with httpx.AsyncClient(base_url=service.url) as client:
        while f"dermserve_in_flight {count}.0" not in (await client.get("/metrics")).text:
            pass


def raw_request(data: bytes, **headers: str) -> tuple[bytes, bytes]:
    """Head and body of a request, to be sent in pieces."""
    request = httpx.Request("POST", "http://test/v1/predict", files={"image": data}, headers=headers)
    body = request.read()
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST /v1/predict HTTP/1.1\r\n{head}\r\n".encode(), body


async def test_a_second_signal_ends_at_once(models: Path) -> None:
    with running(models, drain_delay_seconds=300) as service:
        service.terminate()
        async with httpx.AsyncClient(base_url=service.url) as client:
            while (await client.get("/health/ready")).status_code == 200:
                pass
        service.terminate()
        assert service.exit_code() == 1


async def test_a_bundle_that_is_refused_ends_the_process(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path)
    (directory / "card.md").write_text("other")
    service = Service(tmp_path)
    try:
        assert service.exit_code() == 1
        (failure,) = service.events("load_failed")
        assert "was changed" in failure["reason"]
        assert failure["error"] == "InvalidBundle"
    finally:
        service.close()


async def test_overload_is_refused_before_the_body_is_read(models: Path) -> None:
    with running(models, max_in_flight=1) as service:
        head, body = raw_request(picture())
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(head + body[:50])
        await until_in_flight(service)
        async with httpx.AsyncClient(base_url=service.url) as client:
            refused = await client.post("/v1/predict", files=question(1))
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert refused.json()["type"] == "urn:problem-type:dermserve:overloaded"
            writer.write(body[50:])
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            assert (await client.post("/v1/predict", files=question(1))).status_code == 200
        writer.close()


async def test_a_body_that_does_not_arrive_is_408(models: Path) -> None:
    with running(models) as service:
        head, body = raw_request(picture(), **{"X-Request-Timeout-Ms": "50"})
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(head + body[:50])
        answer = await reader.read()  # to the end: the service closes the connection
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"urn:problem-type:dermserve:body-timeout" in answer


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_cap_is_413_and_the_caller_can_read_it(models: Path, announced: bool) -> None:  # noqa: FBT001
    with running(models, max_body_bytes=10_000) as service:
        head, body = raw_request(b"x" * 1_000_000)
        if not announced:
            head = head.replace(f"content-length: {len(body)}".encode(), b"transfer-encoding: chunked")
            head = head.replace(f"Content-Length: {len(body)}".encode(), b"transfer-encoding: chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            await asyncio.to_thread(connection.sendall, head + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        async with httpx.AsyncClient(base_url=service.url) as client:
            assert (await client.post("/v1/predict", files={"image": picture()})).status_code == 200
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"Expected at most 10000 bytes" in answer
    assert b"connection: close" in answer.lower()


async def test_callers_who_leave_are_counted_and_harm_nobody(models: Path) -> None:
    with running(models) as service:
        head, body = raw_request(picture())
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", service.port)
            writer.write(head + body[:50])
            await writer.drain()
            await until_in_flight(service)
            writer.transport.abort()
            await until_in_flight(service, 0)
        async with httpx.AsyncClient(base_url=service.url) as client:
            assert (await client.post("/v1/predict", files=question(1))).status_code == 200
            assert 'dermserve_requests_total{outcome="cancelled"} 20.0' in (await client.get("/metrics")).text


HIDDEN = b"GET /v1/models HTTP/1.1\r\nHost: smuggled\r\n\r\n"
UPGRADE = (b"Connection: Upgrade, HTTP2-Settings, close", b"Upgrade: h2c", b"HTTP2-Settings: AA")


def raw_form(body: bytes, *headers: bytes) -> tuple[bytes, bytes]:
    head = [b"POST /v1/predict HTTP/1.1", b"Host: test", b"Content-Type: multipart/form-data; boundary=b", *headers]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n", body


async def test_an_offer_to_upgrade_is_ignored(models: Path) -> None:
    """As Java's HttpClient and `curl --http2` make it. The body must never be read as a request of its own."""
    form = b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n' + picture() + b"\r\n--b--\r\n"
    with running(models) as service:
        for body, status in ((form, b"200"), (HIDDEN, b"400")):
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            for piece in raw_form(body, *UPGRADE):
                writer.write(piece)
                await writer.drain()
            answer = await reader.read()
            writer.close()
            assert answer.startswith(b"HTTP/1.1 " + status)
            assert answer.count(b"HTTP/1.1 ") == 1


async def test_an_offer_to_upgrade_in_pieces_closes_the_connection(models: Path) -> None:
    head, body = raw_form(b"GET /v1/models HTTP/1.1\r\nHost: smuggled\r\n\r\n", b"Connection: Upgrade", b"Upgrade: h2c")
    split = head.index(b"Upgrade: h2c") + 4
    with running(models) as service:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        for piece in (head[:split], head[split:], body):
            writer.write(piece)
            await writer.drain()
            # The pieces have to arrive apart: the service answers another caller in between.
            async with httpx.AsyncClient(base_url=service.url) as client:
                assert (await client.get("/health/live")).status_code == 200
        assert b"categories" not in await reader.read()
        writer.close()
