"""The life of the process as probes see it: loading → ready → draining, or failed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from service import logs
from service.store import Bundle, Store


class Lifecycle:
    """Loads the model beside the event loop, so that the listener opens and liveness answers at once."""

    def __init__(self, store: Store, on_load: Callable[[Bundle], None]) -> None:
        self._store = store
        self._on_load = on_load
        self.started = False
        """True from the first load on, whatever comes after."""
        self.settled = asyncio.Event()
        """Set when the first load has ended, well or not."""
        self.failure: Exception | None = None
        """Why the first load failed. The process then has to end."""
        self.draining_since: float | None = None
        """`time.monotonic()` of the first signal to end."""

    @property
    def obstacle(self) -> str | None:
        """Why new requests should go elsewhere, or None."""
        if self.draining_since is not None:
            return "The service is draining and will stop."
        if self.failure is not None:
            return "The model could not be loaded."
        return None if self.started else "The model is being loaded and checked."

    def drain(self) -> None:
        """Turn away new traffic; what arrives all the same is answered. Safe in a signal handler."""
        if self.draining_since is None:
            self.draining_since = monotonic()

    @asynccontextmanager
    async def run(self, _app: object) -> AsyncIterator[None]:
        """The ASGI lifespan: load in the background, and answer what is queued before the end."""
        loading = asyncio.create_task(self._load())
        try:
            yield
        finally:
            await loading
            await asyncio.to_thread(self._store.close)

    async def _load(self) -> None:
        begun = monotonic()
        try:
            bundle = await asyncio.to_thread(self._store.load)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is logged and ends the process)
            self.failure = error
            # Texts about bundles, devices and settings hold nothing of a request; there has been none.
            logs.write(logging.CRITICAL, "load_failed", reason=str(error), **logs.describe(error))
            self.settled.set()
            return
        self._on_load(bundle)
        self.started = True
        self.settled.set()
        logs.write(logging.INFO, "ready", **_ready(bundle, monotonic() - begun))


def _ready(bundle: Bundle, load_seconds: float) -> logs.Fields:
    """What the log says of the model that answers from now on."""
    fields: logs.Fields = {
        "model": bundle.manifest.name,
        "version": bundle.manifest.version,
        "digest": bundle.digest,
        "precision": bundle.variant.precision,
        "device": bundle.runtime.device,
        "provider": bundle.runtime.provider,
        "deviation": bundle.deviation,
        "load_seconds": round(load_seconds, 3),
    }
    if bundle.speed is not None:
        fields["speed"] = round(bundle.speed, 2)
    return fields
