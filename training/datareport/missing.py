"""What is not stated, and how much its absence tells: a model can read a gap as well as a value."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from training.catalog import Record
from training.datareport.tables import CrossTable, category_codes, cross, source_of, sources

# The model reads the sexes "other" and "unknown" as not known; only the second says nothing of the patient.
SEEN: Mapping[str, Callable[[Record], bool]] = {
    "age": lambda record: record.age is None,
    "sex": lambda record: record.sex in {None, "unknown"},
    "site": lambda record: record.site is None,
}
"""Is it missing? For the fields that a model reads."""
FIELDS: Mapping[str, Callable[[Record], bool]] = {
    **SEEN,
    "lesion id": lambda record: not record.lesion_id,
    "patient id": lambda record: not record.patient_id,
    "confirmation": lambda record: not record.confirmation,
}
"""The same for every field that may be empty."""


class MissingField(BaseModel):
    """How often a field is missing, and what its absence tells, in bits of mutual information."""

    model_config = ConfigDict(frozen=True)

    field: str
    seen_by_models: bool
    images: int
    share: float
    category_bits: float
    source_bits: float


class Missingness(BaseModel):
    """Per field, and for the pattern of the three fields that models read.

    `by_category` and `by_source` count the images that lack a field. Bits are corrected for the bias of small samples
    (Miller and Madow) and never below 0; the entropies are what there is to tell.
    """

    model_config = ConfigDict(frozen=True)

    fields: tuple[MissingField, ...]
    by_category: CrossTable
    by_source: CrossTable
    pattern_category_bits: float
    pattern_source_bits: float
    category_entropy_bits: float
    source_entropy_bits: float


def describe_missing(records: Sequence[Record]) -> Missingness:
    """Count what the records lack."""
    categories = [record.label for record in records]
    origins = [source_of(record) for record in records]
    patterns = [tuple(lacks(record) for lacks in SEEN.values()) for record in records]
    return Missingness(
        fields=tuple(_field(name, records, categories, origins) for name in FIELDS),
        by_category=_lacking(records, categories, category_codes(records)),
        by_source=_lacking(records, origins, sources(records)),
        pattern_category_bits=mutual_information(patterns, categories),
        pattern_source_bits=mutual_information(patterns, origins),
        category_entropy_bits=entropy(categories),
        source_entropy_bits=entropy(origins),
    )


def entropy(words: Sequence[Hashable]) -> float:
    """Bits that a draw from `words` tells on average."""
    shares = np.array(list(Counter(words).values()), np.float64) / max(len(words), 1)
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def mutual_information(left: Sequence[Hashable], right: Sequence[Hashable]) -> float:
    """Bits that one of a pair tells of the other, less the bias that chance alone would show in so few pairs."""
    if not left:
        return 0.0
    plain = entropy(left) + entropy(right) - entropy(list(zip(left, right, strict=True)))
    bias = (len(set(left)) - 1) * (len(set(right)) - 1) / (2 * len(left) * np.log(2))
    return max(0.0, float(plain - bias))


def _field(name: str, records: Sequence[Record], categories: Sequence[str], origins: Sequence[str]) -> MissingField:
    lacks = [FIELDS[name](record) for record in records]
    return MissingField(
        field=name,
        seen_by_models=name in SEEN,
        images=sum(lacks),
        share=sum(lacks) / max(len(records), 1),
        category_bits=mutual_information(lacks, categories),
        source_bits=mutual_information(lacks, origins),
    )


def _lacking(records: Sequence[Record], words: Sequence[str], columns: Sequence[str]) -> CrossTable:
    pairs = (
        (name, word)
        for record, word in zip(records, words, strict=True)
        for name, lacks in FIELDS.items()
        if lacks(record)
    )
    return cross(pairs, rows=list(FIELDS), columns=columns)
