import asyncio
import threading
from collections.abc import Callable, Sequence
from time import monotonic

import pytest

from service.batcher import Batcher, BatchFailed, Closed

pytestmark = pytest.mark.anyio


def tenfold(values: Sequence[int]) -> list[int]:
    return [10 * value for value in values]


def give(value: int) -> Callable[[], int]:
    return lambda: value


class Gate:
    """A run that says when it began and ends when it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began = threading.Semaphore(0)
        self.open = threading.Event()

    def __call__(self, values: Sequence[int]) -> list[int]:
        self.batches.append(list(values))
        self.began.release()
        assert self.open.wait(30)
        return tenfold(values)

    async def wait_until_running(self, lanes: int = 1) -> None:
        for _ in range(lanes):
            await asyncio.to_thread(self.began.acquire)


async def test_each_gets_its_own_result() -> None:
    batcher = Batcher(tenfold, lanes=3, max_batch=4)
    served = await asyncio.gather(*(batcher.submit(give(n)) for n in range(200)))
    batcher.close()
    assert [one.output for one in served] == [10 * n for n in range(200)]


async def test_what_waits_forms_the_next_batch_up_to_the_limit() -> None:
    gate = Gate()
    batcher = Batcher(gate, lanes=1, max_batch=4)
    waiting = [asyncio.create_task(batcher.submit(give(0)))]
    await gate.wait_until_running()
    waiting += [asyncio.create_task(batcher.submit(give(n))) for n in range(1, 7)]
    await asyncio.sleep(0)
    assert (batcher.depth, batcher.busy) == (6, 1)
    gate.open.set()
    await asyncio.gather(*waiting)
    batcher.close()
    assert gate.batches == [[0], [1, 2, 3, 4], [5, 6]]


async def test_two_items_and_two_idle_lanes_make_two_batches() -> None:
    for _ in range(50):
        gate = Gate()
        batcher = Batcher(gate, lanes=2, max_batch=4)
        while batcher.busy:  # the lanes are still on their way to the queue
            await asyncio.sleep(0)
        waiting = [asyncio.create_task(batcher.submit(give(n))) for n in (1, 2)]
        await gate.wait_until_running(lanes=2)
        gate.open.set()
        await asyncio.gather(*waiting)
        batcher.close()
        assert sorted(gate.batches) == [[1], [2]]


async def test_an_item_that_cannot_be_prepared_fails_alone() -> None:
    gate = Gate()
    batcher = Batcher(gate, lanes=1, max_batch=8)
    first = asyncio.create_task(batcher.submit(give(0)))
    await gate.wait_until_running()

    def poison() -> int:
        raise ValueError("poison")

    waiting = [asyncio.create_task(batcher.submit(prepare)) for prepare in (give(1), poison, give(2))]
    await asyncio.sleep(0)
    gate.open.set()
    one, bad, two = await asyncio.gather(*waiting, return_exceptions=True)
    await first
    batcher.close()
    assert gate.batches == [[0], [1, 2]]
    assert isinstance(bad, ValueError)
    assert not isinstance(one, BaseException)
    assert not isinstance(two, BaseException)
    assert (one.output, two.output) == (10, 20)


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(3), KeyboardInterrupt()])
async def test_an_exception_no_future_can_carry_arrives_as_another(error: BaseException) -> None:
    def prepare() -> int:
        raise error

    batcher = Batcher(tenfold, lanes=1, max_batch=2)
    with pytest.raises(RuntimeError, match=type(error).__name__):
        await batcher.submit(prepare)
    assert (await batcher.submit(give(1))).output == 10
    batcher.close()


@pytest.mark.parametrize("outputs", [[], [1], [1, 2, 3, 4]])
async def test_a_wrong_number_of_results_fails_the_whole_batch(outputs: list[int]) -> None:
    gate = Gate()

    def run(values: Sequence[int]) -> list[int]:
        return gate(values) if values[0] == 0 else outputs

    batcher = Batcher(run, lanes=1, max_batch=3)
    first = asyncio.create_task(batcher.submit(give(0)))
    await gate.wait_until_running()
    waiting = [asyncio.create_task(batcher.submit(give(n))) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [BatchFailed] * 3
    assert (await first).output == 0
    batcher.close()


async def test_a_lane_survives_a_failing_run() -> None:
    def run(values: Sequence[int]) -> list[int]:
        if values[0] < 0:
            raise SystemExit
        return tenfold(values)

    batcher = Batcher(run, lanes=1, max_batch=1)
    for _ in range(3):
        with pytest.raises(BatchFailed):
            await batcher.submit(give(-1))
    assert (await batcher.submit(give(1))).output == 10
    batcher.close()


async def test_a_lane_survives_listeners_that_raise() -> None:
    def listener(_event: object) -> None:
        raise RuntimeError

    batcher = Batcher(tenfold, lanes=1, max_batch=1, on_batch=listener, on_skip=listener)
    assert (await batcher.submit(give(1))).output == 10
    with pytest.raises(BatchFailed):
        await batcher.submit(give(1), monotonic() - 1)
    assert (await batcher.submit(give(2))).output == 20
    batcher.close()


async def test_departed_and_late_items_are_skipped_and_counted() -> None:
    gate, skipped = Gate(), list[str]()
    batcher = Batcher(gate, lanes=1, max_batch=8, on_skip=skipped.append)
    first = asyncio.create_task(batcher.submit(give(0)))
    await gate.wait_until_running()
    departing = asyncio.create_task(batcher.submit(give(1)))
    late = asyncio.create_task(batcher.submit(give(2), monotonic()))
    staying = asyncio.create_task(batcher.submit(give(3)))
    await asyncio.sleep(0)
    departing.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(first, departing, late, staying, return_exceptions=True)
    batcher.close()
    assert [type(result) for result in results[1:3]] == [asyncio.CancelledError, TimeoutError]
    assert gate.batches == [[0], [3]]
    assert skipped == ["departed", "expired"]


async def test_closing_serves_what_is_queued_and_refuses_the_rest() -> None:
    gate = Gate()
    batcher = Batcher(gate, lanes=1, max_batch=2)
    waiting = [asyncio.create_task(batcher.submit(give(0)))]
    await gate.wait_until_running()
    waiting += [asyncio.create_task(batcher.submit(give(n))) for n in range(1, 6)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(batcher.close))
    await asyncio.sleep(0)
    gate.open.set()
    assert [one.output for one in await asyncio.gather(*waiting)] == [0, 10, 20, 30, 40, 50]
    await closing
    with pytest.raises(Closed):
        await batcher.submit(give(1))


async def test_a_lane_does_not_keep_what_it_served() -> None:
    import gc  # noqa: PLC0415
    import weakref  # noqa: PLC0415

    class Pixels:
        pass

    pixels = Pixels()
    trace = weakref.ref(pixels)
    batcher: Batcher[Pixels, int] = Batcher(lambda values: [0] * len(values), lanes=1, max_batch=1)
    await batcher.submit(lambda kept=pixels: kept)  # type: ignore[misc]
    del pixels
    while batcher.busy:
        await asyncio.sleep(0)
    gc.collect()
    assert trace() is None
    batcher.close()


def test_an_event_loop_that_has_ended_does_not_end_the_lane() -> None:
    gate = Gate()
    batcher = Batcher(gate, lanes=1, max_batch=1)

    async def leave() -> None:
        asyncio.create_task(batcher.submit(give(1)))  # noqa: RUF006 (nobody waits for it: that is the point)
        await gate.wait_until_running()

    asyncio.run(leave())
    gate.open.set()
    assert asyncio.run(batcher.submit(give(2))).output == 20
    batcher.close()
