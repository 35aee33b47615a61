"""Train, validation, calibration and test by lesion, and the gate that refuses a leak.

A group is a connected component over lesion id and duplicates: no group is ever divided. The split of ISIC 2019 is
fixed and committed (splits/isic2019.csv); it covers every size of the same images, HAM10000 and MSK among them.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from training.catalog import Catalog
from training.errors import InvalidData

Part = Literal["train", "validation", "calibration", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
SHARES: Mapping[Part, float] = {"train": 0.6, "validation": 0.1, "calibration": 0.1, "test": 0.2}
COMMITTED = Path(__file__).parent / "splits"


class Leak(InvalidData):
    """A lesion, or one picture under two ids, lies in more than one part."""


class Splits:
    """image id → part, and image id → group."""

    def __init__(self, parts: Mapping[str, Part], groups: Mapping[str, str]) -> None:
        """Raises `Leak` when a group lies in two parts, `InvalidData` when the two maps name different images."""
        if parts.keys() != groups.keys():
            raise InvalidData(f"{len(parts.keys() ^ groups.keys())} images lack a part or a group.")
        self.parts = dict(parts)
        self.groups = dict(groups)
        _refuse_divided(((f"group {name}", image_id) for image_id, name in self.groups.items()), self.parts)

    def positions(self, catalog: Catalog, part: Part) -> list[int]:
        """Places of a part's records in the catalog, in catalog order."""
        return [place for place, record in enumerate(catalog.records) if self.parts[record.image_id] == part]

    def write(self, path: Path) -> None:
        """Write a CSV of image_id, group, part, sorted by image id."""
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("image_id", "group", "part"))
            rows.writerows((name, self.groups[name], self.parts[name]) for name in sorted(self.parts))

    @classmethod
    def read(cls, path: Path) -> "Splits":
        """Read what `write` wrote. Raises `InvalidData` on an unknown part or a repeated id, `Leak` as above."""
        parts: dict[str, Part] = {}
        groups: dict[str, str] = {}
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["part"] not in PARTS:
                    raise InvalidData(f"{path.name}: part must be one of {PARTS}. Received {row['part']!r}.")
                if row["image_id"] in parts:
                    raise InvalidData(f"{path.name} names {row['image_id']} twice.")
                parts[row["image_id"]] = row["part"]
                groups[row["image_id"]] = row["group"]
        return cls(parts, groups)


def check(catalog: Catalog, splits: Splits) -> None:
    """The leakage gate: every image has a part, and no lesion and no file has two. Raises `Leak` or `InvalidData`."""
    missing = [record.image_id for record in catalog.records if record.image_id not in splits.parts]
    if missing:
        raise InvalidData(f"{len(missing)} images are in no part of the split, such as {missing[:3]}.")
    files = ((f"file {record.sha256}", record.image_id) for record in catalog.records)
    lesions = ((f"lesion {record.lesion_id}", record.image_id) for record in catalog.records if record.lesion_id)
    _refuse_divided((*files, *lesions), splits.parts)


def group(lesions: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """image id → smallest id of its group: connected components over lesion id (or none) and pairs of one picture."""
    pairs = list(pairs)
    strangers = sorted({image_id for pair in pairs for image_id in pair} - lesions.keys())
    if strangers:
        raise InvalidData(f"{len(strangers)} duplicates are of images outside the table, such as {strangers[:3]}.")
    parent = {image_id: image_id for image_id in lesions}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first: dict[str, str] = {}
    links = [(first.setdefault(lesion, image_id), image_id) for image_id, lesion in sorted(lesions.items()) if lesion]
    for a, b in (*links, *pairs):
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return {image_id: root(image_id) for image_id in lesions}


def divide(strata: Mapping[str, str], groups: Mapping[str, str], *, seed: int) -> Splits:
    """Deal groups out to the parts so that every stratum (category within source) comes near `SHARES`.

    Largest groups first, each to the part that lacks most of the group's images; ties fall by a seeded hash, so the
    result depends on nothing but its arguments.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for image_id, name in sorted(groups.items()):
        members[name].append(image_id)
    totals: dict[str, int] = defaultdict(int)
    for stratum in strata.values():
        totals[stratum] += 1
    lack = {stratum: np.array([SHARES[part] * total for part in PARTS]) for stratum, total in totals.items()}
    parts: dict[str, Part] = {}
    for name in sorted(members, key=lambda name: (-len(members[name]), _hash(seed, name))):
        kinds = [strata[image_id] for image_id in members[name]]
        need = np.sum([lack[kind] / totals[kind] for kind in kinds], axis=0) / np.array(
            [SHARES[part] for part in PARTS]
        )
        place = int(np.argmax(need + 1e-9 * _tie_break(seed, name)))
        for image_id, kind in zip(members[name], kinds, strict=True):
            parts[image_id] = PARTS[place]
            lack[kind][place] -= 1
    return Splits(parts, groups)


def _refuse_divided(keyed: Iterable[tuple[str, str]], parts: Mapping[str, Part]) -> None:
    """Raise `Leak` when two images of one key lie in different parts. `keyed` yields (key, image id)."""
    seen: dict[str, str] = {}
    for key, image_id in keyed:
        other = seen.setdefault(key, image_id)
        if parts[other] != parts[image_id]:
            raise Leak(f"{key} lies in two parts: {other} in {parts[other]}, {image_id} in {parts[image_id]}.")


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


def _tie_break(seed: int, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(bytes.fromhex(_hash(seed, name))[: len(PARTS)], np.uint8).astype(np.float64)
