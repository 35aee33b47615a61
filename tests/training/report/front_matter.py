"""Reads the subset of YAML that the card's header is written in: block maps and lists, scalars plain or as JSON."""

import json
import re
from typing import Any

_PLAIN = re.compile(r"^[a-z0-9_.\-/]+$")


def front_matter(card: str) -> dict[str, Any]:
    """The header of a card. Raises `ValueError` on what is not of that subset."""
    head, *lines = card.split("\n---\n", 1)[0].split("\n")
    if head != "---":
        raise ValueError(f"Expected a header. Received {head!r}.")
    value, rest = _block([(len(line) - len(line.lstrip()), line.strip()) for line in lines])
    if rest or not isinstance(value, dict):
        raise ValueError(f"Expected a map. Left: {rest}")
    return value


def _block(lines: list[tuple[int, str]]) -> tuple[Any, list[tuple[int, str]]]:
    depth, first = lines[0]
    found: Any = [] if first.startswith("- ") else {}
    while lines and lines[0][0] == depth and lines[0][1].startswith("- ") == isinstance(found, list):
        _, line = lines[0]
        if isinstance(found, list):
            item = line.removeprefix("- ")
            if re.match(r"^[\w-]+:( |$)", item):
                value, lines = _block([(depth + 2, item), *lines[1:]])
            else:
                value, lines = _scalar(item), lines[1:]
            found.append(value)
            continue
        key, _, text = line.partition(":")
        if key in found:
            raise ValueError(f"{key} stands twice.")
        value, lines = (_scalar(text.strip()), lines[1:]) if text.strip() else _block(lines[1:])
        found[key] = value
    return found, lines


def _scalar(text: str) -> Any:
    if text.startswith('"') or re.match(r"^-?[0-9.]+$", text):
        return json.loads(text)
    if not _PLAIN.match(text):
        raise ValueError(f"Expected a plain word or a quoted string. Received {text!r}.")
    return text
