"""A column map: a TOML file that says what the columns of somebody's CSV file are, and what its words mean.

    delimiter = ";"                   # between cells; a comma unless said
    extra_labels = ["LENTIGO"]        # categories of your own, beyond the eight and UNK
    [columns]                         # our name = theirs; image and label are needed
    image = "img_id"                  # a file's name, with or without its ending or folders
    label = "diagnostic"              # others: image_id, lesion_id, patient_id, age (years), sex, site,
    [values.label]                    #         confirmation, source, license, attribution
    NEV = "NV"                        # their word = a category or UNK; so for sex, site and confirmation
    lentigo = "LENTIGO"
    [vocabulary]
    site = "localization"             # or the words of a kind of training/vocabulary.csv
    [constants]                       # the same for every image: confirmation, source, license, attribution
    source = "clinic A"

examples/columns/ holds two. Words are matched exactly; one with blanks or accents stands in quotes, as TOML wants it.
A label, sex or site for which neither `values` nor `vocabulary` is given must be in our own words already. A label
without a translation leaves its image out; a sex or site without one is not known; a confirmation stays as it is.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from lesion.diagnosis import CODES, UNKNOWN_CODE
from lesion.patient import SITES, Sex, Site
from training.config import CODE_PATTERN
from training.errors import InvalidData
from training.vocabulary import DiagnosisKind, SiteKind, Unmapped, find_site, translate

LABELS = (*CODES, UNKNOWN_CODE)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def stated(self) -> dict[str, Any]:
        """What is given, by name."""
        return {name: value for name, value in self if value is not None}


class Columns(_Part):
    """The name of each column that the table has."""

    image: str
    label: str
    image_id: str | None = None
    lesion_id: str | None = None
    patient_id: str | None = None
    age: str | None = None
    sex: str | None = None
    site: str | None = None
    confirmation: str | None = None
    source: str | None = None
    license: str | None = None
    attribution: str | None = None


class Values(_Part):
    """Exact translations, a table a column."""

    label: dict[str, str] | None = None
    sex: dict[str, Sex] | None = None
    site: dict[str, Site] | None = None
    confirmation: dict[str, str] | None = None


class Vocabulary(_Part):
    """Kinds of training/vocabulary.csv that translate a column."""

    label: DiagnosisKind | None = None
    site: SiteKind | None = None


class Constants(_Part):
    """What is the same for every image."""

    confirmation: str | None = None
    source: str | None = None
    license: str | None = None
    attribution: str | None = None


class ColumnMap(_Part):
    """What the columns of a table are, and what its words mean."""

    delimiter: str = Field(",", min_length=1, max_length=1)
    extra_labels: list[Annotated[str, StringConstraints(pattern=CODE_PATTERN)]] = []
    columns: Columns
    values: Values = Values()
    vocabulary: Vocabulary = Vocabulary()
    constants: Constants = Constants()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a TOML file. Raises `InvalidData` on an unknown key or word, or a field that is given twice."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidData(f"{path.name} is no TOML file: {error}.") from error
        except ValidationError as error:
            raise InvalidData(f"{path.name} is no column map. {'; '.join(map(_told, error.errors()))}.") from error

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that this table may give: the eight, UNK, and its own."""
        return (*LABELS, *self.extra_labels)

    def label(self, word: str) -> str:
        """The category (or UNK) that a word stands for. Raises `Unmapped` when it stands for none."""
        if self.vocabulary.label:
            return translate(self.vocabulary.label, word)
        found = _find(self.values.label, self.labels, word)
        if found is None:
            raise Unmapped(f"label {word!r} has no translation")
        return found

    def sex(self, word: str) -> str | None:
        """The sex that a word stands for, None when it stands for none."""
        return _find(self.values.sex, get_args(Sex), word)

    def site(self, word: str) -> str | None:
        """The site that a word stands for, None when it stands for none."""
        if self.vocabulary.site:
            return find_site(self.vocabulary.site, word)
        return _find(self.values.site, SITES, word)

    def confirmation(self, word: str) -> str:
        """How a diagnosis was made: translated, or as the table has it."""
        return (self.values.confirmation or {}).get(word, word)

    @model_validator(mode="after")
    def _know_every_label(self) -> Self:
        for word, label in (self.values.label or {}).items():
            if label not in self.labels:
                raise ValueError(
                    f"values.label.{word} must be one of {self.labels}, or be named in extra_labels. Received {label!r}"
                )
        return self

    @model_validator(mode="after")
    def _give_each_once(self) -> Self:
        columns, values, kinds = self.columns.stated(), self.values.stated(), self.vocabulary.stated()
        for name in (*values, *kinds):
            if name not in columns:
                raise ValueError(f"{name} is translated and has no column")
        if twice := sorted(values.keys() & kinds.keys()):
            raise ValueError(f"{twice} translated by both values and vocabulary")
        if twice := sorted(columns.keys() & self.constants.stated().keys()):
            raise ValueError(f"{twice} both a column and a constant")
        return self


def _told(error: ErrorDetails) -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return f"{where or 'map'}: {error['msg']}"
    part = _PARTS[error["loc"][0]] if len(error["loc"]) > 1 else ColumnMap
    return f"{where}: unknown key. Expected one of {sorted(part.model_fields)}"


_PARTS: Mapping[object, type[_Part]] = {
    "columns": Columns,
    "values": Values,
    "vocabulary": Vocabulary,
    "constants": Constants,
}


def _find(values: Mapping[str, str] | None, own: Iterable[str], word: str) -> str | None:
    """A word's translation; without a table of translations, the word itself where it is one of our `own`."""
    table = {own_word: own_word for own_word in own} if values is None else values
    return table.get(word)
