"""What the baselines see of a catalog, and what they tell: columns of numbers from records."""

from collections.abc import Mapping, Sequence

import numpy as np

from lesion.diagnosis import CATEGORIES, CODES
from lesion.patient import SITES
from training.catalog import Record
from training.datareport.baselines import Sight, Target
from training.datareport.grade import Integers
from training.datareport.missing import SEEN
from training.datareport.sizes import Size
from training.datareport.tables import source_of, sources

METADATA, GAPS, SOURCE, SIZE, COLOR = (
    "age, sex and site",
    "which of age, sex and site are missing",
    "the source",
    "width and height",
    "mean and spread of red, green and blue",
)
CATEGORY, ORIGIN = "category", "source"
_MOST_CODES = 255  # scikit-learn's trees know no more codes in one column
_SEXES = ("female", "male")


def metadata(records: Sequence[Record]) -> Sight:
    """Age in years, sex and site as codes; NaN where a model would read "unknown"."""
    rows = [(_number(r.age), _code(r.sex, _SEXES), _code(r.site, SITES)) for r in records]
    return Sight(METADATA, np.array(rows, np.float64).reshape(-1, 3), (1, 2))


def gaps(records: Sequence[Record]) -> Sight:
    """1 where age, sex or site is missing, else 0."""
    rows = [[float(lacks(record)) for lacks in SEEN.values()] for record in records]
    return Sight(GAPS, np.array(rows, np.float64).reshape(-1, len(SEEN)))


def origin(records: Sequence[Record]) -> Sight:
    """The source as a code; rare ones beyond what the trees can tell apart are one."""
    codes = {name: min(place, _MOST_CODES - 1) for place, name in enumerate(sources(records))}
    return Sight(SOURCE, np.array([[codes[source_of(record)]] for record in records], np.float64).reshape(-1, 1), (0,))


def extent(sizes: Sequence[Size | None]) -> Sight:
    """Width, height and their ratio; NaN for a file whose header cannot be read."""
    rows = [(np.nan,) * 3 if size is None else (size.width, size.height, size.width / size.height) for size in sizes]
    return Sight(SIZE, np.array(rows, np.float64).reshape(-1, 3))


def category(records: Sequence[Record], groups: Mapping[str, str]) -> Target:
    """The eight categories: of others a catalog does not know whether they are malignant, and UNK is no category."""
    malignant = tuple(each.code for each in CATEGORIES if each.malignant)
    return Target(CATEGORY, tuple(record.label for record in records), CODES, numbered(records, groups), malignant)


def source(records: Sequence[Record], groups: Mapping[str, str]) -> Target:
    """Where an image comes from."""
    return Target(ORIGIN, tuple(map(source_of, records)), sources(records), numbered(records, groups))


def numbered(records: Sequence[Record], groups: Mapping[str, str]) -> Integers:
    """int64 (N,): each image's group as a number."""
    number: dict[str, int] = {}
    return np.array([number.setdefault(groups[r.image_id], len(number)) for r in records], np.int64)


def of_eight(records: Sequence[Record]) -> list[int]:
    """Places of the records that are of one of the eight categories."""
    return [place for place, record in enumerate(records) if record.label in CODES]


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _code(value: str | None, vocabulary: Sequence[str]) -> float:
    return float(vocabulary.index(value)) if value in vocabulary else np.nan
