"""How far two lists of images overlap: by id, file, lesion, patient and picture.

A list is a CSV with an image column (a split, another project's train.csv, what a run has seen), the folder of a
catalog, or the predictions of a run; `FILE:part` takes one part of it. Lesion, patient and file hash count where both
lists name them. Lists of ISIC images need nothing but ids: the committed split tells which are one lesion or picture.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.catalog import CATALOG_FILE, Facts
from training.errors import InvalidData
from training.importers.names import image_id
from training.importers.table import read_rows
from training.official import IMAGE_COLUMNS, PART_COLUMNS, column
from training.predictions import Predictions
from training.splits import COMMITTED, Splits, keys


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
    if path.is_dir():
        path = path / CATALOG_FILE
    if path.suffix == ".npz":
        given = Predictions.read(path)
        rows = [
            {"image_id": str(image), "lesion_id": "" if lesion == image else str(lesion)}
            for image, lesion in zip(given.image_id, given.lesion_id, strict=True)
        ]
    else:
        rows = read_rows(path, ())
    if part:
        place = column(path, rows, PART_COLUMNS)
        rows = [row for row in rows if row[place] == part]
    if not rows:
        raise InvalidData(f"{text} names no image.")
    image = column(path, rows, IMAGE_COLUMNS)
    return Listing(text, {image_id(row[image]): frozenset(_keys(image_id(row[image]), row)) for row in rows})


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
    for kind in ("image", "file", "lesion", "patient", "group"):
        if not (_has(a, kind) and _has(b, kind)):
            lines.append(f"{kind:8} not told by both lists")
            continue
        count = len(found.touched.get(kind, ()))
        lines.append(f"{kind:8} {found.shared.get(kind, 0)} shared: {count} images of B ({count / total:.1%})")
    count = len(found.images)
    examples = f", such as {', '.join(sorted(found.images)[:3])}" if count else ""
    lines.append(f"{'any':8} {count} of {total} images of B ({count / total:.1%}){examples}")
    return "\n".join(lines)


def _parse(text: str) -> tuple[Path, str]:
    if Path(text).exists():
        return Path(text), ""
    path, colon, part = text.rpartition(":")
    if not colon or not Path(path).exists():
        raise InvalidData(f"No list at {text}. Expected a CSV file, the folder of a catalog, or predictions (.npz).")
    return Path(path), part


def _keys(image_id: str, row: Mapping[str, str]) -> Iterable[str]:
    facts = Facts(image_id=image_id, label="", lesion_id=row.get("lesion_id", ""), patient_id=row.get("patient_id", ""))
    yield f"image {image_id}"
    yield from keys(facts, row.get("sha256", ""))
    if image_id in _isic2019():
        yield f"group {_isic2019()[image_id]}"


@cache
def _isic2019() -> dict[str, str]:
    return Splits.read(COMMITTED / "isic2019.csv").groups


def _kind(key: str) -> str:
    return key.split(" ", 1)[0]


def _has(listing: Listing, kind: str) -> bool:
    return any(_kind(key) == kind for own in listing.images.values() for key in own)
