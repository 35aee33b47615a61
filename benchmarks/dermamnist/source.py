"""DermaMNIST as it is published: every picture under its own name, with its own seven classes and its official split.

Not through the leakage gate, which rightly refuses this split: of the 1,997 test images that can be traced to HAM10000,
688 show a lesion that is in train too (`training.importers.dermamnist`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lesion.image import ImageSpec, Pixels
from training import cache
from training.catalog import Catalog, Facts, Record
from training.errors import InvalidData
from training.importers.dermamnist import NAME
from training.importers.join import join
from training.importers.table import read_rows

Part = Literal["train", "val", "test"]
"""As the names of the pictures have it."""
CLASSES: Mapping[str, str] = {
    "AKIEC": "akiec",
    "BCC": "bcc",
    "BKL": "bkl",
    "DF": "df",
    "MEL": "mel",
    "NV": "nv",
    "VASC": "vasc",
}
"""Our code of each class, in MedMNIST's order, and its word in the labels."""
OFFICIAL: Mapping[Part, int] = {"train": 7007, "val": 1003, "test": 2005}
"""Pictures of each part."""


@dataclass(frozen=True)
class Source:
    """All pictures, and their pixels in that order, uint8 (N, S, S, 3)."""

    catalog: Catalog
    pixels: Pixels

    @classmethod
    def read(
        cls, labels: Path, images: Path, spec: ImageSpec, cached: Path, sizes: Mapping[Part, int] = OFFICIAL
    ) -> "Source":
        """Read labels and pictures. Raises `InvalidData` when they are not the whole of the official data."""
        catalog = join(_facts(labels), images)
        source = cls(catalog, cache.build(catalog, spec, cached))
        received = {part: len(source.part(part)[0]) for part in sizes}
        if received != sizes or catalog.left_out:
            raise InvalidData(
                f"The official protocol uses every picture. Expected {dict(sizes)}. Received {received}, and "
                f"{len(catalog.left_out)} rows without a picture."
            )
        return source

    def part(self, part: Part) -> tuple[list[int], list[Record]]:
        """Rows and records of a part of the official split, in the order of the files."""
        chosen = [(row, record) for row, record in enumerate(self.catalog.records) if _part(record.image_id) == part]
        return [row for row, _ in chosen], [record for _, record in chosen]


def _facts(labels: Path) -> dict[str, Facts]:
    codes = {word: code for code, word in CLASSES.items()}
    facts: dict[str, Facts] = {}
    for row in read_rows(labels, ("image_id", "dx")):
        name, word = row["image_id"], row["dx"]
        if not NAME.fullmatch(name) or word not in codes or name in facts:
            raise InvalidData(
                f"{labels.name}: expected DermaMNIST_(train, val or test)_number, each once, and dx one of "
                f"{sorted(codes)}. Received {name!r}, {word!r}."
            )
        facts[name] = Facts(image_id=name, label=codes[word])
    return facts


def _part(name: str) -> str:
    return name.split("_")[1]
