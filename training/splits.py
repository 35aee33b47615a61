"""Train, validation, calibration and test by lesion, and the gate that refuses a leak.

A group is a connected component over lesion id, patient id and duplicates: no group is ever divided. The split of
ISIC 2019 is fixed and committed (splits/isic2019.csv); it covers every size of the same images, HAM10000 and MSK among
them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar, get_args

import numpy as np

from training.catalog import Catalog, Facts
from training.errors import InvalidData
from training.importers.table import read_rows
from training.writing import write_csv

Part = Literal["train", "validation", "calibration", "test", "unused"]
PARTS: tuple[Part, ...] = get_args(Part)[:4]
"""In the order in which they are opened: what a model learns from, what chooses it, what sets it, what judges it.
An image may also be in none of them, `unused`, as where a published split covers a part of the data."""
SHARES: Mapping[Part, float] = {"train": 0.6, "validation": 0.1, "calibration": 0.1, "test": 0.2}
COMMITTED = Path(__file__).parent / "splits"
COLUMNS = ("image_id", "group", "part")
Name = TypeVar("Name", bound=str)


class Leak(InvalidData):
    """A lesion, a patient, or one picture under two ids, lies in more than one part."""


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
        rows = ((name, self.groups[name], self.parts[name]) for name in sorted(self.parts))
        write_csv(path, COLUMNS, rows)

    @classmethod
    def read(cls, path: Path) -> "Splits":
        """Read what `write` wrote. Raises `InvalidData` on other columns, an unknown part, a repeated id or no image,
        `Leak` as above.
        """
        parts: dict[str, Part] = {}
        groups: dict[str, str] = {}
        for row in read_rows(path, COLUMNS):
            if row["image_id"] in parts:
                raise InvalidData(f"{path.name} names {row['image_id']} twice.")
            parts[row["image_id"]] = part_named(row["part"], path)
            groups[row["image_id"]] = row["group"]
        if not parts:
            raise InvalidData(f"{path} names no image.")
        return cls(parts, groups)


def part_named(text: str, path: Path) -> Part:
    """A part read from a file. Raises `InvalidData` on another word."""
    for part in get_args(Part):
        if text == part:
            return part  # type: ignore[no-any-return] # get_args forgets what Part is
    raise InvalidData(f"{path.name}: part must be one of {get_args(Part)}. Received {text!r}.")


def find(name: str, dataset: Path) -> Path:
    """The file of a split: `isic2019` is the committed one, `dataset` is splits.csv beside the catalog, anything else a
    CSV below the catalog's folder. Raises `InvalidData` when there is none.
    """
    named = {"isic2019": COMMITTED / "isic2019.csv", "dataset": dataset / "splits.csv"}
    path = named.get(name, dataset / name)
    if not path.is_file():
        raise InvalidData(f"No split at {path}. Make one: python -m training split {dataset} --help")
    return path


def check(catalog: Catalog, splits: Splits, pairs: Iterable[tuple[str, str]] = ()) -> None:
    """The leakage gate: every image has a part; no lesion, patient or file, and no picture of `pairs`, has two.

    Raises `Leak` or `InvalidData`.
    """
    pairs = list(pairs)
    missing = [record.image_id for record in catalog.records if record.image_id not in splits.parts]
    if missing:
        raise InvalidData(f"{len(missing)} images are in no part of the split, such as {missing[:3]}.")
    keyed = ((key, record.image_id) for record in catalog.records for key in keys(record, record.sha256))
    _refuse_divided(keyed, splits.parts)
    pictures = components(sorted(splits.parts.keys() | {name for pair in pairs for name in pair}), pairs)
    _refuse_divided(((f"picture {own}", name) for name, own in pictures.items() if name in splits.parts), splits.parts)


def keys(facts: Facts, sha256: str = "") -> list[str]:
    """What two images share when they must not be parted: lesion, patient, file, as far as they are known.

    And the group of an ISIC 2019 image in the committed split, whatever a catalog says of its lesion.
    """
    named = (
        ("lesion", facts.lesion_id),
        ("patient", facts.patient_id),
        ("file", sha256),
        ("isic2019", isic2019_groups().get(facts.image_id, "")),
    )
    return [f"{kind} {value}" for kind, value in named if value]


@cache
def isic2019_groups() -> dict[str, str]:
    """ISIC id → group, of all images of ISIC 2019."""
    return Splits.read(COMMITTED / "isic2019.csv").groups


def group(table: Mapping[str, Facts], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """image id → smallest id of its group: connected components over lesion, patient and pairs of one picture.

    Ids that only `pairs` name are grouped too: an image that is not here may be what makes one of two that are, and a
    parent may have seen a picture under its other id. `aliases` tells them from the table's.
    """
    pairs = list(pairs)
    named = sorted(table.keys() | {image_id for pair in pairs for image_id in pair})
    facts = {name: table.get(name) or Facts(image_id=name, label="") for name in named}
    first: dict[str, str] = {}
    links = [(first.setdefault(key, name), name) for name in named for key in keys(facts[name])]
    return components(named, [*links, *pairs])


def components(names: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name → the smallest name that links lead to from it."""
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b in links:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return {name: root(name) for name in parent}


def with_aliases(splits: Splits, groups: Mapping[str, str]) -> Splits:
    """The split, and in it the ids outside it that `groups` says are one picture with an image of it.

    They have no file here, but a parent that has seen a picture under such an id is then found out.
    """
    part_of = {groups[name]: part for name, part in splits.parts.items() if part != "unused"}
    aliases = {name: part_of[own] for name, own in groups.items() if name not in splits.parts and own in part_of}
    return Splits({**splits.parts, **aliases}, {name: groups[name] for name in (*splits.parts, *aliases)})


def strata(table: Mapping[str, Facts]) -> dict[str, str]:
    """image id → what a split keeps in proportion: category within source."""
    return {image_id: f"{facts.label} {facts.source}" for image_id, facts in table.items()}


def divide(strata: Mapping[str, str], groups: Mapping[str, str], *, seed: int) -> Splits:
    """Deal groups out to the parts so that every stratum comes near `SHARES`."""
    return Splits(deal(strata, groups, SHARES, seed=seed), groups)


def amend(splits: Splits, groups: Mapping[str, str]) -> Splits:
    """A split that keeps its parts as far as `groups`, better known by now, allow. It keeps images that are not there.

    A group that it divides goes where its least held out image is: a model of the old split may have learned from that
    one. Raises `InvalidData` when an image of `groups` is not in the split.
    """
    strangers = sorted(groups.keys() - splits.parts.keys())
    if strangers:
        raise InvalidData(f"{len(strangers)} images are in no part of the split, such as {strangers[:3]}.")
    # Where the new groups do not cover the split, only the old ones know what the rest belongs to.
    old = {} if groups.keys() == splits.groups.keys() else splits.groups
    named = [(f"new {own}", name) for name, own in groups.items()] + [(f"old {own}", name) for name, own in old.items()]
    first: dict[str, str] = {}
    joined = components(splits.parts, [(first.setdefault(key, name), name) for key, name in named])
    order = get_args(Part)
    parts: dict[str, Part] = {}
    for image_id, name in joined.items():
        parts[name] = min(parts.get(name, splits.parts[image_id]), splits.parts[image_id], key=order.index)
    return Splits({image_id: parts[name] for image_id, name in joined.items()}, joined)


def deal(
    strata: Mapping[str, str], groups: Mapping[str, str], shares: Mapping[Name, float], *, seed: int
) -> dict[str, Name]:
    """image id → name of a share, no group divided, every stratum in proportion.

    Largest groups first, each to the share that lacks most of the group's images; ties fall by a seeded hash, so the
    result depends on nothing but its arguments.
    """
    names, portions = list(shares), np.array(list(shares.values()))
    members: dict[str, list[str]] = defaultdict(list)
    for image_id, name in sorted(groups.items()):
        members[name].append(image_id)
    totals: dict[str, int] = defaultdict(int)
    for stratum in strata.values():
        totals[stratum] += 1
    lack = {stratum: portions * total for stratum, total in totals.items()}
    dealt: dict[str, Name] = {}
    for name in sorted(members, key=lambda name: (-len(members[name]), _hash(seed, name))):
        kinds = [strata[image_id] for image_id in members[name]]
        need = np.sum([lack[kind] / totals[kind] for kind in kinds], axis=0) / portions
        place = int(np.argmax(need + 1e-9 * _tie_break(seed, name, len(names))))
        for image_id, kind in zip(members[name], kinds, strict=True):
            dealt[image_id] = names[place]
            lack[kind][place] -= 1
    return dealt


def _refuse_divided(keyed: Iterable[tuple[str, str]], parts: Mapping[str, Part]) -> None:
    """Raise `Leak` when two images of one key lie in different parts. `keyed` yields (key, image id)."""
    seen: dict[str, str] = {}
    for key, image_id in keyed:
        if parts[image_id] == "unused":
            continue
        other = seen.setdefault(key, image_id)
        if parts[other] != parts[image_id]:
            raise Leak(f"{key} lies in two parts: {other} in {parts[other]}, {image_id} in {parts[image_id]}.")


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


def _tie_break(seed: int, name: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(bytes.fromhex(_hash(seed, name))[:count], np.uint8).astype(np.float64)
