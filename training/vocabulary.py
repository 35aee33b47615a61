"""Other vocabularies' words for diagnoses and sites, in terms of ISIC 2019's categories and sites.

All of it is one table, vocabulary.csv: kind, value, becomes, note. A row with an empty `becomes` says that the word
fits no single category or site, and why. What has no row is reported, never guessed.

The archive's `diagnosis` and `site` are paths through a hierarchy, written with colons ("Benign:Cysts:Milium"); the
longest row that begins a path decides, so a row speaks for all that is below it.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Literal

DiagnosisKind = Literal["diagnosis", "dx", "diagnosis 2020"]
SiteKind = Literal["site", "special site", "localization", "site 2020"]
Kind = DiagnosisKind | SiteKind
HIERARCHIES: tuple[Kind, ...] = ("diagnosis", "site")
FILE = Path(__file__).parent / "vocabulary.csv"
SEPARATOR = ":"


class Unmapped(LookupError):
    """A word that names no single category or site. Its text says why."""


def translate(kind: Kind, value: str) -> str:
    """The category (or UNK) or site that a word stands for. Raises `Unmapped` with the reason when there is none."""
    table = read()
    levels = value.split(SEPARATOR) if kind in HIERARCHIES else [value]
    for end in range(len(levels), 0, -1):
        row = table.get((kind, SEPARATOR.join(levels[:end])))
        if row is not None:
            becomes, note = row
            if not becomes:
                raise Unmapped(f"{kind} {value!r}: {note}")
            return becomes
    raise Unmapped(f"{kind} {value!r} is not in the vocabulary")


def find_site(kind: Kind, value: str) -> str | None:
    """The site that a word stands for, None where it is empty or says too little for one."""
    try:
        return translate(kind, value) if value else None
    except Unmapped:
        return None


@cache
def read() -> dict[tuple[str, str], tuple[str, str]]:
    """(kind, value) → (becomes, note)."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return {(row["kind"], row["value"]): (row["becomes"], row["note"]) for row in csv.DictReader(file)}
