"""What can go wrong, and the one table from error to status.

Exception
├── InvalidImage (lesion.image)         the bytes are no image we can read
├── InvalidBundle (lesion.manifest)     the model may not answer
├── MalformedBody                       the body is no multipart/form-data
├── InvalidRequest                      well formed, but not what this operation takes
│   └── InvalidPatient                  the metadata does not say what a patient may be
├── UnsupportedMediaType                the body is of another type
├── PayloadTooLarge                     the body exceeds the cap
├── BodyTimeout                         the body did not arrive in time
├── ModelNotFound                       no model of this name
├── NotReady                            the model is still being loaded
├── Overloaded                          too many predictions in flight
├── DeadlineExceeded                    accepted, but not answered in time
└── ClientDeparted                      nobody is left to be answered
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lesion.image import InvalidImage
from lesion.manifest import InvalidBundle

Outcome = Literal["ok", "invalid", "rejected_overload", "unavailable", "expired", "cancelled", "failed"]


class FieldError(BaseModel):
    """One thing wrong with the request."""

    model_config = ConfigDict(frozen=True)

    field: str = Field(description="Where: a part of the body, a field in it, or a header.", examples=["metadata.age"])
    expected: str = Field(examples=["a number from 0 to 120, or null"])
    received: str = Field(description="What was sent, as JSON, cut to 80 characters.", examples=["-3"])


class MalformedBody(ValueError):
    """The body is no multipart/form-data, or ends before it is complete."""


class InvalidRequest(ValueError):
    """The body can be read and does not hold what this operation takes."""

    def __init__(self, message: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.errors = tuple(errors)


class InvalidPatient(InvalidRequest):
    """The `metadata` part is no JSON, or a field of it has a value it may not have."""


class UnsupportedMediaType(ValueError):
    """The Content-Type of the body is not the one this operation takes."""


class PayloadTooLarge(ValueError):
    """The body is larger than the service takes."""


class BodyTimeout(TimeoutError):
    """The body did not arrive within the deadline."""


class ModelNotFound(LookupError):
    """There is no model of this name."""


class NotReady(RuntimeError):
    """No model has been loaded and proved yet."""


class Overloaded(RuntimeError):
    """As many predictions are in flight as the service admits."""


class DeadlineExceeded(TimeoutError):
    """The request was accepted and could not be answered within its deadline."""


class ClientDeparted(ConnectionError):
    """The caller closed the connection before the answer."""


@dataclass(frozen=True)
class Kind:
    """What an error means to a caller, in any dialect."""

    status: int
    title: str
    outcome: Outcome
    retry_after_seconds: int | None = None
    closes: bool = False
    """The connection cannot be used again: the rest of the body is still on its way."""


KINDS: dict[type[Exception], Kind] = {
    MalformedBody: Kind(400, "The body is malformed", "invalid"),
    ModelNotFound: Kind(404, "There is no such model", "invalid"),
    BodyTimeout: Kind(408, "The body did not arrive in time", "expired", closes=True),
    PayloadTooLarge: Kind(413, "The body is too large", "invalid", closes=True),
    UnsupportedMediaType: Kind(415, "The body has an unsupported type", "invalid"),
    InvalidImage: Kind(422, "The image cannot be read", "invalid"),
    InvalidPatient: Kind(422, "The metadata is invalid", "invalid"),
    InvalidRequest: Kind(422, "The request is invalid", "invalid"),
    ClientDeparted: Kind(499, "The caller has left", "cancelled"),
    InvalidBundle: Kind(503, "The model may not answer", "unavailable", retry_after_seconds=5),
    NotReady: Kind(503, "The service is not ready", "unavailable", retry_after_seconds=1),
    Overloaded: Kind(503, "The service is overloaded", "rejected_overload", retry_after_seconds=1),
    DeadlineExceeded: Kind(504, "The deadline has passed", "expired"),
}

UNEXPECTED = Kind(500, "The service failed", "failed")


def kind(error: BaseException) -> Kind:
    """The meaning of an error; anything that is not in the table is a failure of ours."""
    return next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), UNEXPECTED)
