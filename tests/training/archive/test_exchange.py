"""Requests whose answers no server in this process can give: other schemes, and redirects."""

import asyncio

import httpx
import pytest

from training.archive.exchange import Answer, Pace, exchange
from training.archive.retry import Transient
from training.errors import InvalidData


def ask(address: str, leads_to: dict[str, str]) -> Answer:
    def respond(request: httpx.Request) -> httpx.Response:
        target = leads_to.get(str(request.url))
        return (
            httpx.Response(200, content=b"picture")
            if target is None
            else httpx.Response(307, headers={"Location": target})
        )

    async def run() -> Answer:
        transport = httpx.MockTransport(respond)
        async with httpx.AsyncClient(transport=transport, follow_redirects=True, max_redirects=3) as client:
            return await exchange(client, client.build_request("GET", address), Pace())

    return asyncio.run(run())


def test_a_redirect_is_followed() -> None:
    assert ask("https://a.example.org/1", {"https://a.example.org/1": "https://b.example.org/1"}).body == b"picture"


@pytest.mark.parametrize(
    ("address", "leads_to", "message"),
    [
        ("https://a.example.org/1", {"https://a.example.org/1": "http://a.example.org/1"}, "led from https to http"),
        (
            "https://a.example.org/1",
            {"https://a.example.org/1": "https://a.example.org/1"},
            "cannot be asked: Exceeded",
        ),
    ],
)
def test_a_redirect_that_is_not_followed(address: str, leads_to: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        ask(address, leads_to)


@pytest.mark.parametrize("address", ["ftp://a.example.org/1", "/1"])
def test_an_address_that_cannot_be_asked(address: str) -> None:
    async def run() -> None:
        async with httpx.AsyncClient() as client:
            await exchange(client, client.build_request("GET", address), Pace())

    with pytest.raises(InvalidData, match="cannot be asked"):
        asyncio.run(run())


def test_a_host_that_is_not_there_may_come_back() -> None:
    async def run() -> None:
        async with httpx.AsyncClient() as client:
            await exchange(client, client.build_request("GET", "http://127.0.0.1:1/"), Pace())

    with pytest.raises(Transient, match=r"127.0.0.1 broke off: ConnectError"):
        asyncio.run(run())
