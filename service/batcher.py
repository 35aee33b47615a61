"""Merges concurrent submissions into batches. Knows nothing of images, models or HTTP.

It pulls and never waits: a lane (a thread) that is free takes what is queued now and runs it; there is no timer. A lone
submission runs at once, and under load the queue fills itself. An item is prepared in the lane, right before the run,
so that preparing needs no pool of its own and a failure fills only its own slot.

    batcher = Batcher(run, lanes=2, max_batch=4)
    served = await batcher.submit(prepare)      # run([prepare(), …])[k], for the k this submission had
    batcher.close()                             # answers what is queued, refuses the rest
"""

import asyncio
import math
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Generic, Literal, TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")
SkipReason = Literal["departed", "expired"]


class Closed(RuntimeError):
    """The batcher takes no more submissions."""


class BatchFailed(RuntimeError):
    """The run this item was part of failed, or gave another number of results than it had items."""


@dataclass(frozen=True, slots=True)
class Served(Generic[Output]):
    """One item's result, and the seconds it waited, was prepared, and ran (the whole batch's run)."""

    output: Output
    queue_seconds: float
    prepare_seconds: float
    run_seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Item(Generic[Input, Output]):
    prepare: Callable[[], Input]
    deadline: float
    queued: float
    future: "asyncio.Future[Served[Output]]"

    def serve(self, served: Served[Output]) -> None:
        self._on_loop(_set_result, served)

    def fail(self, error: Exception) -> None:
        self._on_loop(_set_exception, error)

    def _on_loop(self, callback: Callable[..., None], *values: object) -> None:
        try:
            self.future.get_loop().call_soon_threadsafe(callback, self.future, *values)
        except RuntimeError:
            # The event loop is closed, so nobody is left who waits. The other items may live on another loop.
            return


@dataclass(frozen=True, slots=True)
class _Prepared(Generic[Input, Output]):
    item: _Item[Input, Output]
    value: Input
    queue_seconds: float
    prepare_seconds: float


def _ignore(_event: object) -> None:
    """Nobody listens."""


class Batcher(Generic[Input, Output]):
    """`run` gets the prepared inputs of one batch, at most `max_batch`, and returns one output for each, in order.

    `run` and the `prepare` callables are called on the lanes' threads, several at once. `on_batch` hears the size of
    every batch that ran, `on_skip` why a popped item was not served; both are called on the lanes' threads.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Input]], Collection[Output]],
        *,
        lanes: int,
        max_batch: int,
        on_batch: Callable[[int], None] = _ignore,
        on_skip: Callable[[SkipReason], None] = _ignore,
    ) -> None:
        self._run = run
        self._max_batch = max_batch
        self._on_batch = on_batch
        self._on_skip = on_skip
        self._queue: deque[_Item[Input, Output]] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._idle = 0
        self._closing = False
        self._lanes = [threading.Thread(target=self._lane, name=f"lane-{n}", daemon=True) for n in range(lanes)]
        for lane in self._lanes:
            lane.start()

    @property
    def depth(self) -> int:
        """Items that wait for a lane."""
        return len(self._queue)

    @property
    def busy(self) -> int:
        """Lanes that prepare or run."""
        return sum(lane.is_alive() for lane in self._lanes) - self._idle

    async def submit(self, prepare: Callable[[], Input], deadline: float = math.inf) -> Served[Output]:
        """Queue one item and wait for its result. Cancelling the wait takes the item out of the queue.

        `deadline` is a moment of `time.monotonic()`: an item popped later is not served and raises `TimeoutError`.
        Raises what `prepare` raised, `BatchFailed` when the run failed, `Closed` after `close()`.
        """
        item = _Item(prepare, deadline, monotonic(), asyncio.get_running_loop().create_future())
        with self._changed:
            if self._closing:
                raise Closed("The batcher is closed. Expected submissions before close().")
            self._queue.append(item)
            self._changed.notify()
        return await item.future

    def close(self) -> None:
        """Refuse new items, serve those that are queued, and return when every lane has ended."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for lane in self._lanes:
            lane.join()

    def _lane(self) -> None:
        # What a batch held (a patient's pixels) dies with this call, not when the next batch comes.
        while self._serve_next():
            pass

    def _serve_next(self) -> bool:
        batch = self._take()
        if batch is None:
            return False
        try:
            self._serve(batch)
        except BaseException as error:  # noqa: BLE001 (whatever it is, it belongs to this batch, and the lane goes on)
            for item in batch:
                failure = BatchFailed("The run of this batch failed.")
                failure.__cause__ = error
                item.fail(failure)  # an item that has its answer already keeps it
        return True

    def _take(self) -> list[_Item[Input, Output]] | None:
        """What this lane serves next; None when the batcher is closed and its queue empty."""
        with self._changed:
            self._idle += 1
            while not self._queue and not self._closing:
                self._changed.wait()
            # An idle lane that has yet to wake gets its share: two items and two idle lanes make two batches of one.
            share = min(self._max_batch, math.ceil(len(self._queue) / self._idle))
            self._idle -= 1
            if not self._queue:
                return None
            return [self._queue.popleft() for _ in range(share)]

    def _serve(self, batch: list[_Item[Input, Output]]) -> None:
        prepared = [ready for item in batch if (ready := self._prepare(item)) is not None]
        if not prepared:
            return
        begun = monotonic()
        outputs = self._run([ready.value for ready in prepared])
        if len(outputs) != len(prepared):
            # Handing out what there is would shift one patient's result to another.
            raise ValueError(
                f"The run gave a wrong number of results. Expected {len(prepared)}. Received {len(outputs)}."
            )
        run_seconds = monotonic() - begun
        for ready, output in zip(prepared, outputs, strict=True):
            ready.item.serve(Served(output, ready.queue_seconds, ready.prepare_seconds, run_seconds))
        self._on_batch(len(prepared))

    def _prepare(self, item: _Item[Input, Output]) -> _Prepared[Input, Output] | None:
        begun = monotonic()
        late = begun >= item.deadline
        if late or item.future.done():
            self._on_skip("expired" if late else "departed")
            item.fail(TimeoutError("The deadline passed while the item was queued."))
            return None
        try:
            value = item.prepare()
        except BaseException as error:  # noqa: BLE001 (whatever it is, it belongs to this item, and the batch goes on)
            item.fail(_deliverable(error))
            return None
        return _Prepared(item, value, begun - item.queued, monotonic() - begun)


def _deliverable(error: BaseException) -> Exception:
    """An exception that a future may carry: StopIteration it refuses, SystemExit would end the event loop."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError(f"Preparing an item raised {type(error).__name__}.")
    wrapped.__cause__ = error
    return wrapped


def _set_result(future: "asyncio.Future[Served[Output]]", served: Served[Output]) -> None:
    if not future.done():
        future.set_result(served)


def _set_exception(future: "asyncio.Future[Served[Output]]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
