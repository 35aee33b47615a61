"""The `metadata` part of a request: what is known of the patient, and the caller's own ids."""

import json
from typing import Annotated, Any, get_args

from pydantic import ConfigDict, Field, StringConstraints, ValidationError, field_validator

from lesion.patient import SITES, Patient, Sex
from service.errors import FieldError, InvalidPatient

METADATA_CAP_BYTES = 64 * 1024

Reference = Annotated[str, StringConstraints(max_length=200)]

_EXPECTED = {
    "age": "a number from 0 to 120, or null",
    "sex": f"one of {', '.join(get_args(Sex))}, or null",
    "site": f"one of {', '.join(SITES)}, or null",
    "references": "an object of at most 16 strings, names up to 64 and values up to 200 characters long",
}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict, if it names each field once; which of two ages is meant is not ours to guess."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidPatient("The metadata names a field twice. Expected each field once. Received " + _names(pairs))
    return fields


def _names(pairs: list[tuple[str, Any]]) -> str:
    return _printable(", ".join(name[:40] for name, _ in pairs[:16])) + "."


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


class Metadata(Patient):
    """What is known of the patient, and the caller's own ids. Every field may be absent or null."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"age": 55, "sex": "female", "site": "anterior torso", "references": {}}]}
    )

    references: dict[Annotated[str, StringConstraints(min_length=1, max_length=64)], Reference] = Field(
        default_factory=dict, max_length=16, description="The caller's own ids, given back as they are, never logged."
    )

    @field_validator("references", mode="before")
    @classmethod
    def _null_is_none(cls, value: object) -> object:
        return {} if value is None else value

    @field_validator("references")
    @classmethod
    def _can_be_given_back(cls, value: dict[str, str]) -> dict[str, str]:
        for text in (*value, *value.values()):
            text.encode()  # half a surrogate pair raises a ValueError
        return value

    @classmethod
    def parse(cls, data: bytes) -> "Metadata":
        """Read the `metadata` part. Raises `InvalidPatient`, which lists every field that is wrong."""
        try:
            fields = _DECODER.decode(data.decode("utf-8-sig"))
        except InvalidPatient:
            raise
        except (ValueError, RecursionError) as error:  # a UnicodeDecodeError is a ValueError too
            raise _no_object(_shown(data.decode("utf-8", "replace"))) from error
        if not isinstance(fields, dict):
            raise _no_object(_shown(fields))
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            found = [_field_error(detail["loc"], detail["input"]) for detail in error.errors(include_url=False)]
            listed = " ".join(f"{item.field}: expected {item.expected}; received {item.received}." for item in found)
            raise InvalidPatient(f"The metadata is invalid. {listed}", found) from error


def _no_object(received: str) -> InvalidPatient:
    expected = "a JSON object"
    return InvalidPatient(
        f"The metadata part is no JSON object. Expected {expected}. Received {received}.",
        [FieldError(field="metadata", expected=expected, received=received)],
    )


def _field_error(location: tuple[int | str, ...], received: object) -> FieldError:
    name = str(location[0]) if location else "metadata"
    where = _printable(".".join(str(part)[:64] for part in ("metadata", *location)))
    expected = _EXPECTED.get(name, f"only the fields {', '.join(_EXPECTED)}")
    return FieldError(field=where, expected=expected, received=_shown(received))


def _shown(value: object) -> str:
    return _printable(json.dumps(value, ensure_ascii=False)[:80])


def _printable(text: str) -> str:
    """JSON can name half a surrogate pair, which no answer can hold."""
    return text.encode("utf-8", "replace").decode()
