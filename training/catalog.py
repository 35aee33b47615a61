"""The catalog: one row an image, everything known about it, and where its file is."""

import csv
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from lesion.diagnosis import CODES
from lesion.patient import Patient

CATALOG_FILE = "catalog.csv"
IMAGES_FILE = "images.json"


class InvalidData(ValueError):
    """Source files that do not fit together: a missing image, an unknown value, a row twice."""


@dataclass(frozen=True)
class Record:
    """One image. `lesion_id` is empty where the source names none; `file` is relative to the image folder or zip."""

    image_id: str
    lesion_id: str
    label: str
    age: float | None
    sex: str | None
    site: str | None
    source: str
    license: str
    sha256: str
    file: str

    @property
    def patient(self) -> Patient:
        """The three facts the model reads. Raises pydantic's ValidationError on a value outside the vocabulary."""
        return Patient.model_validate({"age": self.age, "sex": self.sex, "site": self.site})


class Catalog:
    """Records in a fixed order, unique by image id, and the folder or zip that holds their files."""

    def __init__(self, records: Sequence[Record], images: Path) -> None:
        """Raises `InvalidData` on an id twice or a label outside the categories."""
        ids = [record.image_id for record in records]
        if len(set(ids)) != len(ids):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            raise InvalidData(f"Image ids must be unique. Received {twice[:5]} more than once.")
        unknown = sorted({record.label for record in records} - set(CODES))
        if unknown:
            raise InvalidData(f"Labels must be one of {CODES}. Received {unknown}.")
        self.records = tuple(records)
        self.images = images

    def __len__(self) -> int:
        return len(self.records)

    def write(self, directory: Path) -> None:
        """Write catalog.csv and images.json into `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / CATALOG_FILE).open("w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, [field.name for field in fields(Record)])
            rows.writeheader()
            rows.writerows({key: _cell(value) for key, value in asdict(record).items()} for record in self.records)
        (directory / IMAGES_FILE).write_text(json.dumps({"images": str(self.images.resolve())}) + "\n")

    @classmethod
    def read(cls, directory: Path) -> "Catalog":
        """Read what `write` wrote. Raises `InvalidData` when there is none, naming the command that makes one."""
        if not (directory / CATALOG_FILE).is_file():
            raise InvalidData(f"No catalog in {directory}. Make one: python -m training import --out {directory} …")
        with (directory / CATALOG_FILE).open(newline="", encoding="utf-8") as file:
            records = [_record(row) for row in csv.DictReader(file)]
        return cls(records, Path(json.loads((directory / IMAGES_FILE).read_text())["images"]))

    @contextmanager
    def open_images(self) -> Iterator[Callable[[Record], bytes]]:
        """A function from record to file bytes, for a folder and a zip alike. Safe to call from several threads."""
        with open_images(self.images) as read:
            yield lambda record: read(record.file)


@contextmanager
def open_images(images: Path) -> Iterator[Callable[[str], bytes]]:
    """A function from file name to bytes over a folder or a zip. Raises `InvalidData` when `images` is neither."""
    if images.is_dir():
        yield lambda name: (images / name).read_bytes()
    elif zipfile.is_zipfile(images):
        with zipfile.ZipFile(images) as archive:
            yield lambda name: _read_member(archive, name)
    else:
        raise InvalidData(f"Images must be a folder or a zip file. Received {images}.")


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile) as error:
        raise InvalidData(f"{archive.filename} does not hold {name} whole: {error}.") from error


def image_files(images: Path) -> list[str]:
    """Names of the image files in a folder (at any depth) or zip, sorted."""
    if images.is_dir():
        names: Iterable[str] = (path.relative_to(images).as_posix() for path in images.rglob("*") if path.is_file())
    elif zipfile.is_zipfile(images):
        with zipfile.ZipFile(images) as archive:
            names = archive.namelist()
    else:
        raise InvalidData(f"Images must be a folder or a zip file. Received {images}.")
    return sorted(name for name in names if name.lower().endswith((".jpg", ".jpeg", ".png")))


def content_hash(catalog: Catalog) -> str:
    """sha256 over ids and file hashes in order: changes when any image, or their order, changes."""
    lines = "".join(f"{record.image_id} {record.sha256}\n" for record in catalog.records)
    return hashlib.sha256(lines.encode()).hexdigest()


def _cell(value: object) -> object:
    return "" if value is None else value


def _record(row: dict[str, str]) -> Record:
    age = float(row["age"]) if row["age"] else None
    return Record(**{**row, "age": age, "sex": row["sex"] or None, "site": row["site"] or None})  # type: ignore[arg-type]
