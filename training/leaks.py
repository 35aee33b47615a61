"""How far two lists of images overlap: by id, file, lesion, patient and picture.

A list is a CSV with an image column (a split, another project's train.csv, what a run has seen), the folder of a
catalog, or the predictions of a run; `FILE:part` takes one part of it. Lesion, patient and file hash count where both
lists, or the catalogs they lie in, name them. Lists of ISIC 2019's images need nothing but ids: the committed split
tells which are one lesion or picture.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.catalog import CATALOG_FILE, Facts
from training.errors import InvalidData
from training.importers.names import image_id
from training.importers.table import read_rows
from training.official import IMAGE_COLUMNS, PART_COLUMNS, column
from training.predictions import Predictions
from training.splits import keys

KINDS = ("image", "file", "lesion", "patient", "isic2019", "group")
"""What two images may share; `isic2019`: their group in the committed split, `group`: in one and the same other one."""


@dataclass(frozen=True)
class Listing:
    """image id → everything it may share with an image of another list ("image …", "lesion …", "file …")."""

    name: str
    images: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Overlap:
    """What two lists share: `shared` counts keys by kind, `touched` are B's images by kind of what they share."""

    shared: Mapping[str, int]
    touched: Mapping[str, frozenset[str]]

    @property
    def images(self) -> frozenset[str]:
        """The images of B that share anything with A."""
        return frozenset().union(*self.touched.values())


def read(text: str) -> Listing:
    """Read `PATH` or `PATH:part`. Raises `InvalidData` when there is no such list, column or part."""
    path, part = _parse(text)
    rows = _rows(path)
    if part:
        place = column(path, rows, PART_COLUMNS)
        rows = [row for row in rows if row[place] == part]
    if not rows:
        raise InvalidData(f"{text} names no image.")
    image = column(path, rows, IMAGE_COLUMNS)
    beside = _catalog_beside(path)
    named = {image_id(row[image]): row for row in rows}
    return Listing(
        text, {name: frozenset(_keys(name, {**beside.get(name, {}), **row}, path)) for name, row in named.items()}
    )


def _rows(path: Path) -> list[dict[str, str]]:
    if path.is_dir():
        return read_rows(path / CATALOG_FILE, ())
    if path.suffix != ".npz":
        return read_rows(path, ())
    try:
        given = Predictions.read(path)
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InvalidData(f"{path} holds no predictions: {error}") from error
    return [
        {"image_id": str(image), "lesion_id": "" if lesion == image else str(lesion)}
        for image, lesion in zip(given.image_id, given.lesion_id, strict=True)
    ]


def _catalog_beside(path: Path) -> dict[str, dict[str, str]]:
    """What the catalog that a split or list lies in says of its images: their lesions, patients and files."""
    for directory in path.resolve().parents[:2]:
        if not path.is_dir() and (directory / CATALOG_FILE).is_file():
            return {row["image_id"]: row for row in read_rows(directory / CATALOG_FILE, ("image_id",))}
    return {}


def overlap(a: Listing, b: Listing) -> Overlap:
    """What B shares with A, by kind."""
    known = frozenset().union(*a.images.values())
    touched: dict[str, set[str]] = {}
    shared: set[str] = set()
    for name, mine in b.images.items():
        for key in mine & known:
            shared.add(key)
            touched.setdefault(_kind(key), set()).add(name)
    return Overlap(Counter(map(_kind, shared)), {kind: frozenset(names) for kind, names in touched.items()})


def report(a: Listing, b: Listing) -> str:
    """The overlap in words, a line a kind."""
    found = overlap(a, b)
    total = len(b.images)
    lines = [f"A  {a.name}: {len(a.images)} images", f"B  {b.name}: {total} images"]
    compared = [kind for kind in KINDS if _has(a, kind) and _has(b, kind)]
    for kind in KINDS:
        if kind not in compared:
            lines.append(f"{kind:8} not told by both lists")
            continue
        count = len(found.touched.get(kind, ()))
        lines.append(f"{kind:8} {found.shared.get(kind, 0)} shared: {count} images of B ({count / total:.1%})")
    count = len(found.images)
    examples = f", such as {', '.join(sorted(found.images)[:3])}" if count else ""
    lines.append(f"{'any':8} {count} of {total} images of B ({count / total:.1%}){examples}")
    if compared == ["image"]:
        lines.append("Only ids could be compared: nothing is known of lesions, patients or pictures in both lists.")
    return "\n".join(lines)


def _parse(text: str) -> tuple[Path, str]:
    if Path(text).exists():
        return Path(text), ""
    path, colon, part = text.rpartition(":")
    if not colon or not Path(path).exists():
        raise InvalidData(f"No list at {text}. Expected a CSV file, the folder of a catalog, or predictions (.npz).")
    return Path(path), part


def _keys(name: str, row: Mapping[str, str], path: Path) -> Iterable[str]:
    facts = Facts(image_id=name, label="", lesion_id=row.get("lesion_id", ""), patient_id=row.get("patient_id", ""))
    yield f"image {name}"
    yield from keys(facts, row.get("sha256", ""))
    if row.get("group"):
        # Groups of one split: those of another have names of their own.
        yield f"group {path.resolve()} {row['group']}"


def _kind(key: str) -> str:
    return key.split(" ", 1)[0]


def _has(listing: Listing, kind: str) -> bool:
    return any(_kind(key) == kind for own in listing.images.values() for key in own)
