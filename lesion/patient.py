"""What we know of the patient, and how a model reads it: every field may be missing, and missing is said as such."""

from itertools import pairwise
from typing import Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

Sex = Literal["female", "male", "other", "unknown"]
Site = Literal[
    "anterior torso",
    "head/neck",
    "lateral torso",
    "lower extremity",
    "oral/genital",
    "palms/soles",
    "posterior torso",
    "upper extremity",
]
SITES: tuple[str, ...] = get_args(Site)
"""ISIC's general anatomic sites (`anatom_site_general` of ISIC 2019)."""

Metadata = npt.NDArray[np.float32]
"""float32 (K,), columns as `MetadataSpec.columns` names them."""

FIELDS = ("age", "sex", "site")
"""What is known of a patient, in the order of the columns."""


class Patient(BaseModel):
    """Age in years, sex and the lesion's general anatomic site. Each may be None: not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    age: float | None = Field(None, ge=0, le=120, allow_inf_nan=False, description="Age in years, 0 to 120.")
    sex: Sex | None = Field(None, description="`other` and `unknown` are read by the model as not known.")
    site: Site | None = Field(None, description="General anatomic site of the lesion, in ISIC's vocabulary.")


class MetadataSpec(BaseModel):
    """The columns of a model's metadata input. Written into the bundle.

    Layout: age / `age_scale_years`, age unknown, one column a sex, sex unknown, one column a site, site unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    age_scale_years: float = Field(100.0, gt=0, description="Ages are divided by this.")
    sexes: tuple[str, ...] = Field(("female", "male"), description="Sexes with a column of their own.")
    sites: tuple[str, ...] = Field(SITES, description="Sites with a column of their own.")
    columns: tuple[str, ...] = Field((), description="Names of the K columns; derived, and checked when read.")

    @model_validator(mode="after")
    def _name_columns(self) -> Self:
        sexes = [f"sex: {sex}" for sex in (*self.sexes, "unknown")]
        sites = [f"site: {site}" for site in (*self.sites, "unknown")]
        columns = ("age", "age: unknown", *sexes, *sites)
        if self.columns and self.columns != columns:
            raise ValueError(
                f"Metadata columns do not fit the vocabularies. Expected {columns}. Received {self.columns}."
            )
        object.__setattr__(self, "columns", columns)
        return self

    @property
    def width(self) -> int:
        """K, the number of columns."""
        return len(self.columns)


def encode(patient: Patient, spec: MetadataSpec) -> Metadata:
    """Encode a patient as float32 (K,). What is not known sets its own "unknown" column; nothing is imputed."""
    row = np.zeros(spec.width, np.float32)
    if patient.age is None:
        row[1] = 1
    else:
        row[0] = patient.age / spec.age_scale_years
    row[2 + _position(patient.sex, spec.sexes)] = 1
    row[3 + len(spec.sexes) + _position(patient.site, spec.sites)] = 1
    return row


def hide(rows: Metadata, hidden: npt.NDArray[np.bool_], spec: MetadataSpec) -> Metadata:
    """Encoded patients float32 (N, K) as if the fields that `hidden`, bool (N, 3) by `FIELDS`, marks were not known."""
    shown = rows.copy()
    # Every field's columns end with its "unknown".
    ends = (0, 2, 3 + len(spec.sexes), spec.width)
    for field, (start, end) in enumerate(pairwise(ends)):
        chosen = hidden[:, field]
        shown[chosen, start : end - 1] = 0
        shown[chosen, end - 1] = 1
    return shown


def _position(value: str | None, vocabulary: tuple[str, ...]) -> int:
    """Place of a value among its columns; the last one is "unknown"."""
    return vocabulary.index(value) if value in vocabulary else len(vocabulary)
