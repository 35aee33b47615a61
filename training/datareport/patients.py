"""Who the images are of: sex, age and site by category; and how each diagnosis was confirmed."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from lesion.patient import SITES
from training.catalog import Record
from training.datareport.tables import NOT_STATED, CrossTable, by_category, frequent

AGE_BIN_YEARS = 5


class Patients(BaseModel):
    """Tables of images, each a property against category."""

    model_config = ConfigDict(frozen=True)

    sex: CrossTable
    age: CrossTable
    """Rows are the first year of each five-year bin, then not stated."""
    site: CrossTable
    confirmation: CrossTable


def describe_patients(records: Sequence[Record]) -> Patients:
    """Count the records. Bins of age run without a gap from the youngest to the oldest."""
    sexes = [record.sex or NOT_STATED for record in records]
    sites = [record.site or NOT_STATED for record in records]
    confirmations = [record.confirmation or NOT_STATED for record in records]
    site_order = [site for site in frequent(sites) if site in SITES]
    return Patients(
        sex=by_category(records, sexes, _present(("female", "male", "other", "unknown", NOT_STATED), sexes)),
        age=by_category(records, [_age_bin(record.age) for record in records], _age_bins(records)),
        site=by_category(records, sites, [*site_order, *_present((NOT_STATED,), sites)]),
        confirmation=by_category(records, confirmations),
    )


def _present(order: Sequence[str], words: Sequence[str]) -> list[str]:
    seen = set(words)
    return [word for word in order if word in seen]


def _age_bin(age: float | None) -> str:
    return NOT_STATED if age is None else str(int(age // AGE_BIN_YEARS) * AGE_BIN_YEARS)


def _age_bins(records: Sequence[Record]) -> list[str]:
    ages = [record.age for record in records if record.age is not None]
    low, high = (int(_age_bin(min(ages))), int(_age_bin(max(ages)))) if ages else (0, -1)
    bins = [str(year) for year in range(low, high + 1, AGE_BIN_YEARS)]
    return bins if len(ages) == len(records) else [*bins, NOT_STATED]
