"""Splits that others published, read from their files, so that results can be compared with theirs.

They name train and test (DermaMNIST also validation); what we need besides is carved out of their training images by
group. A published split that divides lesions is refused as any other is; `divided` names the images that would have to
go for it to be honest.
"""

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from training.catalog import Facts
from training.errors import InvalidData
from training.importers.names import image_id
from training.importers.table import read_rows
from training.splits import PARTS, SHARES, Part, Splits, deal, strata

Assigned = dict[str, Part]
"""image id → the part its authors gave it."""

IMAGE_COLUMNS = ("image_id", "image", "image_name", "isic_id")
PART_COLUMNS = ("part", "split", "fold", "set")
WORDS: Mapping[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


def read_table(path: Path) -> Assigned:
    """A CSV with an image column and a part column, in the words most use: DermaMNIST's official.csv, FLamby's
    train_test_split (columns image, …, fold), and lists of one's own.

    Raises `InvalidData` on a word that is none of `WORDS` or an image named twice.
    """
    rows = read_rows(path, ())
    image, part = column(path, rows, IMAGE_COLUMNS), column(path, rows, PART_COLUMNS)
    assigned: Assigned = {}
    for row in rows:
        name, word = image_id(row[image]), row[part].lower()
        if word not in WORDS:
            raise InvalidData(f"{path.name}: {part} must be one of {sorted(WORDS)}. Received {row[part]!r} for {name}.")
        if name in assigned:
            raise InvalidData(f"{path.name} names {name} twice.")
        assigned[name] = WORDS[word]
    return assigned


def column(path: Path, rows: Sequence[Mapping[str, str]], names: Sequence[str]) -> str:
    """The first of `names` that the rows have. Raises `InvalidData` when they have none."""
    present = rows[0].keys() if rows else ()
    found = next((name for name in names if name in present), None)
    if found is None:
        raise InvalidData(f"{path.name} needs one of the columns {tuple(names)}. Received {list(present)}.")
    return found


def read_indices(path: Path, fold: int, order: list[str]) -> Assigned:
    """A pickle of index arrays `trainIndCV` and `valIndCV`, one a fold, into `order` (Gessert et al., 2019).

    The authors' validation images become our test. `order` are the image ids as the authors numbered them: the rows of
    the official ground truth. The pickle is read by a reader that knows arrays and containers and nothing else.

    Raises `InvalidData` on another content, a fold that is not there, or an index outside `order`.
    """
    with path.open("rb") as file:
        try:
            content = _ArraysOnly(file).load()
        except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, TypeError, ValueError) as error:
            raise InvalidData(f"{path.name} is no pickle of arrays: {error}") from error
    names = ("trainIndCV", "valIndCV")
    if not isinstance(content, dict) or any(name not in content for name in names):
        raise InvalidData(f"{path.name} must hold {names}. Received {type(content).__name__}.")
    assigned: Assigned = {}
    parts: tuple[tuple[str, Part], ...] = (("trainIndCV", "train"), ("valIndCV", "test"))
    for name, part in parts:
        if not 0 <= fold < len(content[name]):
            raise InvalidData(f"{path.name}: {name} has folds 0 to {len(content[name]) - 1}. Received {fold}.")
        places = np.asarray(content[name][fold], np.int64).ravel()
        if places.size and not 0 <= places.min() <= places.max() < len(order):
            raise InvalidData(
                f"{path.name}: indices must be below {len(order)}, the rows of the ground truth. "
                f"Received {places.min()} to {places.max()}."
            )
        for place in places:
            if assigned.setdefault(order[place], part) != part:
                raise InvalidData(f"{path.name}: {order[place]} is in train and test of fold {fold}.")
    return assigned


def complete(assigned: Assigned, table: Mapping[str, Facts], groups: Mapping[str, str], *, seed: int) -> Splits:
    """A split with all four parts: what its authors left out of validation and calibration comes out of their train.

    Images of `table` that they do not name are unused. Raises `InvalidData` when they name an image that is not in
    `table`, `Leak` when they divided a group.
    """
    strangers = sorted(assigned.keys() - table.keys())
    if strangers:
        raise InvalidData(f"{len(strangers)} images of the split are not in the catalog, such as {strangers[:3]}.")
    held_out = {name: part for name, part in assigned.items() if part != "train"}
    missing: list[Part] = [part for part in PARTS if part not in held_out.values()]
    rest = {name: table[name] for name in assigned if name not in held_out}
    total = sum(SHARES[part] for part in missing)
    shares = {part: SHARES[part] / total for part in missing}
    parts = deal(strata(rest), {name: groups[name] for name in rest}, shares, seed=seed)
    return Splits({**dict.fromkeys(table, "unused"), **held_out, **parts}, groups)


def divided(assigned: Assigned, groups: Mapping[str, str]) -> Assigned:
    """The held-out images whose group the authors also put into an earlier part, with the part they were to be in."""
    first: dict[str, int] = {}
    for name, part in assigned.items():
        place = PARTS.index(part)
        first[groups[name]] = min(first.get(groups[name], place), place)
    return {name: part for name, part in assigned.items() if first[groups[name]] < PARTS.index(part)}


class _ArraysOnly(pickle.Unpickler):
    """A reader of pickles that can make NumPy arrays and nothing else: a pickle may otherwise run any program."""

    ALLOWED: ClassVar[set[tuple[str, str]]] = {
        (module, name)
        for module in ("numpy", "numpy._core.multiarray", "numpy._core.numeric")
        for name in ("ndarray", "dtype", "_reconstruct", "scalar", "_frombuffer")
    } | {("_codecs", "encode")}

    def find_class(self, module: str, name: str) -> object:
        """Refuse every name that is not NumPy's own way to write an array."""
        current = module.replace("numpy.core", "numpy._core")  # as NumPy 2 calls it
        if (current, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return super().find_class(current, name)
