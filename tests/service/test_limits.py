import asyncio

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from service.errors import ClientDeparted, PayloadTooLarge
from service.limits import BodyCap, attended

pytestmark = pytest.mark.anyio


async def exchange(chunks: list[bytes], headers: dict[str, str], cap: int, *, close: bool = False) -> list[Message]:
    """Send a body through the cap to an application that reads it all. Returns what was sent back."""
    sent: list[Message] = []
    pending = list(chunks)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        size = 0
        try:
            while True:
                message = await receive()
                size += len(message["body"])
                if not message["more_body"]:
                    break
        except PayloadTooLarge:
            size = -1
        raw = [(b"connection", b"close")] if close else []
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": b"%d" % size})

    async def receive() -> Message:
        return {"type": "http.request", "body": pending.pop(0), "more_body": bool(pending)}

    async def send(message: Message) -> None:
        sent.append({**message, "unread": len(pending)})

    scope: Scope = {"type": "http", "headers": Headers(headers).raw}
    await BodyCap(app, cap)(scope, receive, send)
    return sent


async def test_a_body_within_the_cap_passes() -> None:
    sent = await exchange([b"abc", b"de"], {"content-length": "5"}, cap=5)
    assert sent[-1]["body"] == b"5"


async def test_an_announced_body_is_refused_before_its_first_byte() -> None:
    sent = await exchange([b"abc", b"de"], {"content-length": "6"}, cap=5)
    assert (sent[-1]["body"], sent[-1]["unread"]) == (b"-1", 2)


async def test_an_unannounced_body_is_refused_where_it_exceeds_the_cap() -> None:
    sent = await exchange([b"abc", b"def", b"ghi"], {}, cap=5)
    assert (sent[-1]["body"], sent[-1]["unread"]) == (b"-1", 1)


async def test_before_closing_the_answer_goes_out_and_the_rest_is_read() -> None:
    sent = await exchange([b"abc", b"def", b"ghi"], {}, cap=5, close=True)
    assert [(m.get("body"), m.get("more_body"), m["unread"]) for m in sent[1:]] == [(b"-1", True, 1), (b"", False, 0)]


async def test_a_caller_who_waits_for_leave_to_send_is_not_waited_for() -> None:
    sent = await exchange([b"abc"], {"content-length": "9", "expect": "100-continue"}, cap=5, close=True)
    assert (len(sent), sent[-1]["unread"]) == (2, 1)


async def test_work_ends_when_the_caller_leaves() -> None:
    left = asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def work() -> None:
        async with attended(receive):
            left.set()
            await asyncio.Event().wait()

    with pytest.raises(ClientDeparted):
        await work()


async def test_a_cancellation_from_outside_stays_one() -> None:
    begun = asyncio.Event()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def work() -> None:
        async with attended(receive):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_work_that_ends_in_time_is_left_alone() -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async with attended(receive):
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
