"""The catalog: one row an image, everything known about it, where its file is, and what was left out and why.

<catalog>/catalog.csv    a row an image           <catalog>/left-out.csv  image_id, reason
<catalog>/images.json    the folder or zip that holds the files
<catalog>/duplicates.csv pairs of one picture, once somebody has looked (`training.cleaning`)
"""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from lesion.diagnosis import CODES, UNKNOWN_CODE
from lesion.patient import Patient
from training.config import CODE_PATTERN
from training.errors import InvalidData
from training.images import open_images

CATALOG_FILE = "catalog.csv"
LEFT_OUT_FILE = "left-out.csv"
IMAGES_FILE = "images.json"
DUPLICATES_FILE = "duplicates.csv"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a source says of one image. Text is empty where it says nothing.

    `label` is one of the eight categories, UNK (known to be none of them), or the code of a category of one's own.
    `stated_diagnosis`, `stated_site` and `confirmation` (how the diagnosis was made) are the source's own words.
    """

    image_id: str
    label: str
    lesion_id: str = ""
    patient_id: str = ""
    age: float | None = None
    sex: str | None = None
    site: str | None = None
    source: str = ""
    stated_diagnosis: str = ""
    stated_site: str = ""
    confirmation: str = ""
    license: str = ""
    attribution: str = ""

    @property
    def patient(self) -> Patient:
        """The three facts the model reads. Raises pydantic's ValidationError on a value outside the vocabulary."""
        return Patient.model_validate({"age": self.age, "sex": self.sex, "site": self.site})

    def checked(self) -> Self:
        """The same facts. Raises `InvalidData` when age, sex or site is outside our vocabulary."""
        try:
            self.patient  # noqa: B018 - reading it checks them
        except ValidationError as error:
            told = "; ".join(f"{item['loc'][0]}: {item['msg']}. Received {item['input']!r}" for item in error.errors())
            raise InvalidData(f"The metadata of {self.image_id} is outside our vocabulary: {told}.") from error
        return self


@dataclass(frozen=True, kw_only=True)
class Record(Facts):
    """One image: its facts and its file, named relative to the image folder or zip."""

    sha256: str
    file: str


@dataclass(frozen=True)
class LeftOut:
    """An image the source names and the catalog does not hold."""

    image_id: str
    reason: str


class Catalog:
    """Records in a fixed order, unique by image id; the folder or zip of their files; and what was left out."""

    def __init__(self, records: Sequence[Record], images: Path, left_out: Sequence[LeftOut] = ()) -> None:
        """Raises `InvalidData` on an id twice or a label that cannot be a category's code."""
        named: list[Record | LeftOut] = [*records, *left_out]
        counts = Counter(item.image_id for item in named)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise InvalidData(f"Image ids must be unique. Received {twice[:5]} more than once.")
        odd = sorted(label for label in {record.label for record in records} if not re.fullmatch(CODE_PATTERN, label))
        if odd:
            raise InvalidData(f"Labels must be codes such as {CODES[0]} ({CODE_PATTERN}). Received {odd[:5]}.")
        self.records = tuple(records)
        self.images = images
        self.left_out = tuple(left_out)

    def __len__(self) -> int:
        return len(self.records)

    def without(self, left_out: Sequence[LeftOut]) -> "Catalog":
        """The same catalog less these images, which it then names as left out. Raises `InvalidData` on a stranger."""
        names = {item.image_id for item in left_out}
        strangers = sorted(names - {record.image_id for record in self.records})
        if strangers:
            raise InvalidData(f"{len(strangers)} images are not in the catalog, such as {strangers[:3]}.")
        kept = [record for record in self.records if record.image_id not in names]
        return Catalog(kept, self.images, (*self.left_out, *left_out))

    def of_categories(self, categories: Sequence[str] = CODES) -> "Catalog":
        """The catalog a model of these categories can learn from: without the images labeled otherwise, UNK mostly.

        Raises `InvalidData` when one beyond the eight has no image while other labels are left over: a misspelling.
        """
        labels = {record.label for record in self.records}
        absent = [code for code in categories if code not in {*CODES, *labels}]
        strangers = sorted(labels - {*categories, UNKNOWN_CODE})
        if absent and strangers:
            raise InvalidData(f"No image is labeled {absent}. Labels of no category: {strangers}. Is one misspelled?")
        return self.without(
            [
                LeftOut(record.image_id, f"labeled {record.label}: none of the categories to learn")
                for record in self.records
                if record.label not in categories
            ]
        )

    def write(self, directory: Path) -> None:
        """Write catalog.csv, left-out.csv and images.json into `directory`. Duplicates found for another go."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / DUPLICATES_FILE).unlink(missing_ok=True)
        _write_rows(directory / CATALOG_FILE, Record, self.records)
        _write_rows(directory / LEFT_OUT_FILE, LeftOut, self.left_out)
        images = self.images.resolve()
        inside = images.is_relative_to(directory.resolve())
        place = images.relative_to(directory.resolve()) if inside else images
        (directory / IMAGES_FILE).write_text(json.dumps({"images": place.as_posix()}) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> "Catalog":
        """Read what `write` wrote. Raises `InvalidData` when there is none, naming the command that makes one."""
        if not (directory / CATALOG_FILE).is_file():
            raise InvalidData(f"No catalog in {directory}. Make one: python -m training import … --out {directory}")
        try:
            records = [_record(row) for row in _read_rows(directory / CATALOG_FILE, Record)]
            left_out = [LeftOut(**row) for row in _read_rows(directory / LEFT_OUT_FILE, LeftOut)]
            # An absolute path stays what it is; a relative one moves along with the catalog.
            images = directory / json.loads((directory / IMAGES_FILE).read_text(encoding="utf-8"))["images"]
        except InvalidData:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidData(f"The catalog in {directory} is damaged: {error}. Import its images again.") from error
        return cls(records, images, left_out)

    @contextmanager
    def open_images(self) -> Iterator[Callable[[Record], bytes]]:
        """A function from record to file bytes, for a folder and a zip alike. Safe to call from several threads."""
        with open_images(self.images) as read:
            yield lambda record: read(record.file)


def content_hash(catalog: Catalog) -> str:
    """sha256 over ids and file hashes in order: changes when any image, or their order, changes."""
    lines = "".join(f"{record.image_id} {record.sha256}\n" for record in catalog.records)
    return hashlib.sha256(lines.encode()).hexdigest()


def reasons(left_out: Sequence[LeftOut]) -> str:
    """A line a reason, most frequent first, with how many images it concerns."""
    counts = Counter(item.reason for item in left_out)
    return "\n".join(f"  {count}: {reason}" for reason, count in counts.most_common())


def _write_rows(path: Path, kind: type[Record] | type[LeftOut], items: Sequence[Record] | Sequence[LeftOut]) -> None:
    # Aside, then renamed: a catalog is never half of one.
    aside = path.with_name(path.name + ".aside")
    with aside.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, [field.name for field in fields(kind)], lineterminator="\n")
        rows.writeheader()
        rows.writerows({key: "" if value is None else value for key, value in asdict(item).items()} for item in items)
    aside.replace(path)


def _read_rows(path: Path, kind: type[Record] | type[LeftOut]) -> list[dict[str, str]]:
    expected = [field.name for field in fields(kind)]
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != expected:
            raise InvalidData(
                f"{path} is of another version of this program: import the images again. Expected columns {expected}. "
                f"Received {reader.fieldnames}."
            )
        return list(reader)


def _record(row: dict[str, str]) -> Record:
    age = float(row["age"]) if row["age"] else None
    return Record(**{**row, "age": age, "sex": row["sex"] or None, "site": row["site"] or None})  # type: ignore[arg-type]
