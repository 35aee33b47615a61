"""JSON lines on standard error, without patient data.

Our own lines hold an event and fields of `Fields`, nothing else: no image, no metadata, no reference, no file name, no
query string and no text of an exception that a request caused has a field to appear in. A library's line keeps its
level and its logger's name; only uvicorn's, which speaks of the server, keeps its text.
"""

import json
import logging
import traceback
import warnings
from datetime import UTC, datetime
from typing import TextIO, TypedDict, Unpack

from service.settings import LogLevel

_LOGGER = logging.getLogger("dermserve")
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_ATTRIBUTE = "dermserve_fields"


class Trace(TypedDict, total=False):
    """What a line says of an exception."""

    error: str
    """Its type, without its text."""
    trace: list[str]
    """Where it was raised: our code and its libraries', without values."""


class Fields(Trace, total=False):
    """Everything that a line of ours may say, beside time, level and event."""

    request_id: str
    method: str
    route: str
    """The route's template, never the path that was asked for."""
    status: int
    outcome: str
    duration_ms: float
    model: str
    version: str
    digest: str
    precision: str
    speed: float
    """Of a variant here, in images a second over those of the first."""
    device: str
    provider: str
    """What runs the model on the device."""
    instead: str
    """The provider that is used in place of another."""
    lanes: int
    max_batch: int
    deviation: float
    load_seconds: float
    reason: str
    """Why a bundle, a variant, a provider or a setting was refused. Never of a request."""


_ALLOWED = tuple(Fields.__annotations__)


class JsonLines(logging.Formatter):
    """One record, one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Render what the allow-list lets through."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": time, "level": record.levelname.lower()}
        fields = getattr(record, _ATTRIBUTE, None)
        if fields is not None:
            line["event"] = record.msg
            line.update((name, fields[name]) for name in _ALLOWED if name in fields)
        elif record.name.startswith("uvicorn"):
            line |= {"event": "server", "message": record.getMessage()}
        else:
            line |= {"event": "library", "logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            line |= describe(record.exc_info[1])
        return _ENCODER.encode(line)


def configure(level: LogLevel, stream: TextIO | None = None) -> None:
    """Send every logger of the process through `JsonLines`, to standard error by default."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Nothing of these is written, and each is asked for with every record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # Pillow warns of what it finds odd in a picture, tag by tag: a caller could fill our log with a crafted file.
    warnings.simplefilter("ignore")


def write(level: int, event: str, **fields: Unpack[Fields]) -> None:
    """Write one line."""
    if _LOGGER.isEnabledFor(level):
        # A record made here skips the search for its caller, which costs as much as the rest of the line.
        record = logging.LogRecord(_LOGGER.name, level, "", 0, event, None, None)
        setattr(record, _ATTRIBUTE, fields)
        _LOGGER.handle(record)


def describe(error: BaseException) -> Trace:
    """An exception and what caused it, as types and places. Its texts may quote a request and are left out."""
    trace: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        trace.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        frames = traceback.extract_tb(cause.__traceback__)
        trace += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return {"error": type(error).__name__, "trace": trace}
