"""The command line's `--field value` pairs, applied to a config."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from training.config import Config, InvalidConfig, told

NOTES = (
    ("--model.weights", "--model.weights_note"),
    ("--dataset", "--data_statement"),
    ("--dataset", "--data_license"),
)
"""What may not be overridden without what the card says of it."""


def override(config: Config, arguments: Sequence[str]) -> Config:
    """Apply `--fit.weight_decay 1e-3 --fit.phases.0.epochs 3` to a config.

    Values are read as JSON where they parse (numbers, lists, objects, true, null), as text otherwise.
    What a card says of data and weights must stay true: overriding `model.weights` or `dataset` asks for its note too.
    Raises `InvalidConfig` on an unknown field or a value that does not fit.
    """
    tree: dict[str, Any] = config.model_dump(mode="json")
    if len(arguments) % 2:
        raise InvalidConfig(f"Overrides come in pairs: --field value. Received {list(arguments)}.")
    for key, value in zip(arguments[::2], arguments[1::2], strict=True):
        *branches, leaf = key.removeprefix("--").split(".")
        place: Any = tree if key.startswith("--") else None
        for branch in branches:
            place = place[_key(place, branch)] if _key(place, branch) is not None else None
        if _key(place, leaf) is None:
            raise InvalidConfig(f"No field {key!r}. {_nearest(key, leaf, place)}")
        place[_key(place, leaf)] = _parse(value)
    for name, note in NOTES:
        if name in arguments[::2] and note not in arguments[::2]:
            raise InvalidConfig(
                f"{name} needs {note} beside it: the card tells where a model comes from, and its terms."
            )
    tree["metadata"].pop("columns")  # derived from the vocabularies, which may just have changed
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise InvalidConfig(told(error)) from error


def _key(place: Any, name: str) -> str | int | None:
    """The key of a named field of a part, or of a numbered place in a list; None where there is none."""
    if isinstance(place, dict):
        return name if name in place else None
    if isinstance(place, list):
        return int(name) if name.isdecimal() and int(name) < len(place) else None
    return None


def _nearest(key: str, leaf: str, place: Any) -> str:
    """What was meant, or what one looks like."""
    near = get_close_matches(leaf, place if isinstance(place, dict) else (), n=1)
    if near:
        return f"Did you mean {key.removesuffix(leaf)}{near[0]}?"
    return "Expected one such as --fit.weight_decay or --fit.phases.0.epochs."


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
