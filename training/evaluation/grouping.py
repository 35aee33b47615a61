"""Who belongs to which group: words from records, joined to answers by image id."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from lesion.patient import SITES
from training.catalog import Record
from training.datareport.missing import SEEN
from training.datareport.sizes import Size
from training.datareport.tables import NOT_STATED, source_of, sources
from training.errors import InvalidData
from training.evaluation.answers import Answers, Integers
from training.evaluation.skin_tone import CAVEAT, FLOORS, Tones

Value = TypeVar("Value")

NOT_MEASURABLE = "not measurable"
AGES = ((30, "under 30"), (50, "30 to 49"), (70, "50 to 69"), (np.inf, "70 and over"))
"""Years that a band ends before."""
SIDES = ((450, "under 450"), (768, "450 to 767"), (1024, "768 to 1023"), (np.inf, "1024 and over"))
"""Pixels of the shorter side that a band ends before."""
HISTOLOGY, OTHERWISE = "histology", "otherwise"
NONE, SOME, ALL = "none missing", "some missing", "all missing"


@dataclass(frozen=True)
class Grouping:
    """One way of grouping N images: the names of its groups in order, and int64 (N,) positions in them."""

    name: str
    names: tuple[str, ...]
    member: Integers
    note: str = ""

    @classmethod
    def of(cls, name: str, words: Sequence[str], order: Sequence[str], note: str = "") -> "Grouping":
        """From a word an image. Groups without an image are left out."""
        names = tuple(word for word in order if word in set(words))
        return cls(name, names, np.array([names.index(word) for word in words], np.int64), note)


def joined(answers: Answers, records: Sequence[Record]) -> list[Record]:
    """The record of each answer. Raises `InvalidData` on an answer without one."""
    return list(_join(answers, {record.image_id: record for record in records}, "the catalog"))


def groupings(
    answers: Answers, records: Sequence[Record], tones: Tones, sizes: Mapping[str, Size | None] | None
) -> list[Grouping]:
    """Every way of grouping that the data give, even into a single group.

    Raises `InvalidData` when an answer's image has no record, tone or size.
    """
    own = joined(answers, records)
    found = [_by(name, word, order, own) for name, (word, order) in _WORDS.items()]
    found.insert(3, Grouping.of("source", [source_of(record) for record in own], sources(own)))
    tone = [word or NOT_MEASURABLE for word in _join(answers, tones, "the skin tones")]
    found.insert(4, Grouping.of("skin tone in the image", tone, (*FLOORS, NOT_MEASURABLE), CAVEAT))
    if sizes is not None:
        words = [_side(size) for size in _join(answers, sizes, "the image sizes")]
        note = "Pixels of the shorter side of the file, which the model sees only after resizing."
        found.insert(5, Grouping.of("image size", words, (*(name for _, name in SIDES), NOT_STATED), note))
    return found


def _join(answers: Answers, table: Mapping[str, Value], told: str) -> Iterator[Value]:
    names = answers.predictions.image_id.tolist()
    strangers = [name for name in names if name not in table]
    if strangers:
        raise InvalidData(f"{len(strangers)} of {len(names)} images are not in {told}, such as {strangers[:3]}.")
    return (table[name] for name in names)


def _by(name: str, word: Callable[[Record], str], order: Sequence[str], records: Sequence[Record]) -> Grouping:
    return Grouping.of(name, [word(record) for record in records], order)


def _sex(record: Record) -> str:
    return NOT_STATED if record.sex in {None, "unknown"} else str(record.sex)


def _age(record: Record) -> str:
    return NOT_STATED if record.age is None else _band(record.age, AGES)


def _site(record: Record) -> str:
    return record.site or NOT_STATED


def _missing(record: Record) -> str:
    count = sum(lacks(record) for lacks in SEEN.values())
    return NONE if not count else ALL if count == len(SEEN) else SOME


def _confirmation(record: Record) -> str:
    if not record.confirmation:
        return NOT_STATED
    return HISTOLOGY if record.confirmation.lower().startswith("histo") else OTHERWISE


def _side(size: Size | None) -> str:
    return NOT_STATED if size is None else _band(min(size), SIDES)


def _band(value: float, bands: Sequence[tuple[float, str]]) -> str:
    return next(name for end, name in bands if value < end)


_WORDS: Mapping[str, tuple[Callable[[Record], str], Sequence[str]]] = {
    "sex": (_sex, ("female", "male", "other", NOT_STATED)),
    "age": (_age, (*(name for _, name in AGES), NOT_STATED)),
    "site": (_site, (*SITES, NOT_STATED)),
    "missing metadata": (_missing, (NONE, SOME, ALL)),
    "confirmation of the diagnosis": (_confirmation, (HISTOLOGY, OTHERWISE, NOT_STATED)),
}
