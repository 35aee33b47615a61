"""The fake archive's search language: the documented part of the real one, as a predicate over an image's fields.

field:value   field:"two words"   field:pre*   field:*fix   field:*   field:[a TO b]   field:{a TO b}
-term   term AND term   term OR term   (…)   and, as in the archive, two terms side by side mean AND
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Predicate = Callable[[Mapping[str, Any]], bool]

NUMBERS = {"age_approx", "mel_thick_mm", "clin_size_long_diam_mm", "acquisition_day"}
FLAGS = {"public", "melanocytic", "concomitant_biopsy", "family_hx_mm"}
WORDS = {
    "isic_id",
    "copyright_license",
    "sex",
    "lesion_id",
    "patient_id",
    "image_type",
    "diagnosis_confirm_type",
    "anatom_site_special",
    *(f"{name}_{level}" for name in ("diagnosis", "anatom_site") for level in range(1, 6)),
}
TOKEN = re.compile(
    r"""\s*(?: (?P<mark>[()]) | (?P<word>AND|OR)\b
      | (?P<minus>-?)(?P<field>[a-z_0-9]+):(?:
          (?P<open>[\[{])\s*(?P<low>[0-9.]+)\s+TO\s+(?P<high>[0-9.]+)\s*(?P<close>[\]}])
        | "(?P<quoted>[^"]*)" | (?P<plain>[A-Za-z0-9_*.]+) ) )""",
    re.VERBOSE,
)


class Unparsable(ValueError):
    """The real archive answers 400 to it."""


def parse(query: str) -> Predicate:
    """The predicate of a query; an empty one holds for every image."""
    tokens = list(_tokens(query))
    if not tokens:
        return lambda _: True
    predicate = _any(tokens)
    if tokens:
        raise Unparsable(query)
    return predicate


def _tokens(query: str) -> list[re.Match[str]]:
    found, at = [], 0
    text = query.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Unparsable(query)
        found.append(match)
        at = match.end()
    return found


def _any(tokens: list[re.Match[str]]) -> Predicate:
    terms = [_all(tokens)]
    while tokens and tokens[0]["word"] == "OR":
        tokens.pop(0)
        terms.append(_all(tokens))
    return lambda image: any(term(image) for term in terms)


def _all(tokens: list[re.Match[str]]) -> Predicate:
    terms = [_term(tokens)]
    while tokens and tokens[0]["word"] != "OR" and tokens[0]["mark"] != ")":
        if tokens[0]["word"] == "AND":
            tokens.pop(0)
        terms.append(_term(tokens))
    return lambda image: all(term(image) for term in terms)


def _term(tokens: list[re.Match[str]]) -> Predicate:
    if not tokens:
        raise Unparsable("a term is missing")
    token = tokens.pop(0)
    if token["mark"] == "(":
        inner = _any(tokens)
        if not tokens or tokens.pop(0)["mark"] != ")":
            raise Unparsable("a parenthesis is missing")
        return inner
    if token["field"] is None:
        raise Unparsable(token[0])
    holds = _field(token)
    return (lambda image: not holds(image)) if token["minus"] else holds


def _field(token: re.Match[str]) -> Predicate:
    name, value = token["field"], token["quoted"] if token["quoted"] is not None else token["plain"]
    if value == "*" and name in NUMBERS | FLAGS | WORDS:
        return lambda image: image.get(name) is not None
    if name in NUMBERS:
        return _range(token) if value is None else _equals(name, _number(value))
    if name in FLAGS and value in {"true", "false"}:
        return _equals(name, value == "true")
    if name in WORDS and value is not None:
        return _word(name, value)
    raise Unparsable(token[0])


def _equals(name: str, value: object) -> Predicate:
    return lambda image: image.get(name) == value


def _word(name: str, value: str) -> Predicate:
    if value.startswith("*"):
        return lambda image: str(image.get(name) or "").endswith(value[1:]) and image.get(name) is not None
    if value.endswith("*"):
        return lambda image: str(image.get(name) or "").startswith(value[:-1]) and image.get(name) is not None
    return _equals(name, value)


def _range(token: re.Match[str]) -> Predicate:
    name, low, high = token["field"], _number(token["low"]), _number(token["high"])

    def holds(image: Mapping[str, Any]) -> bool:
        value = image.get(name)
        if value is None:
            return False
        above = value >= low if token["open"] == "[" else value > low
        below = value <= high if token["close"] == "]" else value < high
        return bool(above and below)

    return holds


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Unparsable(text) from error
