"""uvicorn, with a drain before its shutdown and an exit code that tells how it went."""

import os
from time import monotonic
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service.lifecycle import Lifecycle
from service.protocol import Protocol
from service.settings import Settings

FORCED_EXIT = 1
FAILED_LOAD_EXIT = 1


class Server(uvicorn.Server):
    """Serves an application until it has drained, or its model could not be loaded.

    The first SIGTERM or SIGINT turns readiness false; the listener stays open for the drain delay; then every request
    that was accepted is answered and the process exits 0. A second signal ends it at once.
    """

    def __init__(self, app: FastAPI, lifecycle: Lifecycle, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http=Protocol,
                lifespan="on",
                ws="none",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                # Every accepted request ends by its deadline; what takes longer is a caller that does not read.
                timeout_graceful_shutdown=round(settings.deadline_seconds) + 5,
            )
        )
        self._lifecycle = lifecycle
        self._drain_delay_seconds = settings.drain_delay_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 (uvicorn's signature)
        """Begin to drain. Uvicorn's own handler would raise the signal again at the end, for a non-zero exit code."""
        if self._lifecycle.draining_since is not None:
            os._exit(FORCED_EXIT)
        self._lifecycle.drain()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: is it time to shut down?"""
        if self._lifecycle.failure is not None:
            return True
        began = self._lifecycle.draining_since
        drained = began is not None and monotonic() - began >= self._drain_delay_seconds
        return await super().on_tick(counter) or drained


def serve(app: FastAPI, settings: Settings) -> int:
    """Serve until told to stop. Returns the exit code of the process."""
    lifecycle: Lifecycle = app.state.lifecycle
    Server(app, lifecycle, settings).run()
    return FAILED_LOAD_EXIT if lifecycle.failure is not None else 0
