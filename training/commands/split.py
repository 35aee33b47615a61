"""split: divide a catalog by lesion, patient and picture; or load a published split."""

import argparse
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from training.catalog import Catalog, Facts
from training.errors import InvalidData

if TYPE_CHECKING:
    from training.splits import Part, Splits


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("split", help="divide a catalog by lesion, patient and picture")
    parser.add_argument("catalog", type=Path, help="folder of the catalog")
    parser.add_argument("--out", type=Path, help="file (or folder, for several splits) to write; see below")
    parser.add_argument("--seed", type=int, default=0)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--folds", type=int, metavar="K", help="K splits, every image in test once: folds/fold-0.csv …")
    kind.add_argument(
        "--sources", action="store_true", help="a split a source, which is its test part: sources/HAM10000.csv …"
    )
    kind.add_argument(
        "--amend",
        metavar="SPLIT",
        help="keep this split (isic2019, dataset or a file), but join what turned out to be one lesion or picture",
    )
    kind.add_argument(
        "--official",
        type=Path,
        metavar="FILE",
        help="a published split: a CSV with an image and a part column, or a pickle of fold indices",
    )
    parser.add_argument(
        "--fold", type=int, help="with a pickle, which also needs --ground-truth: which fold (default: 0)"
    )
    parser.add_argument(
        "--drop-leaks",
        action="store_true",
        help="with --official: leave unused what is held out while its lesion or picture is in an earlier part",
    )
    parser.add_argument(
        "--pairs", type=Path, action="append", default=[], metavar="CSV", help="further pairs of one picture"
    )
    parser.add_argument(
        "--ground-truth", type=Path, help="with --metadata: divide all of these images, not only those at hand"
    )
    parser.add_argument("--metadata", type=Path)
    parser.set_defaults(run=_split)


def _split(options: argparse.Namespace) -> None:
    if options.official is None and (options.drop_leaks or options.fold is not None):
        raise InvalidData("--drop-leaks and --fold go with --official.")
    catalog = Catalog.read(options.catalog)
    table = _table(catalog, options.ground_truth, options.metadata)
    groups = _groups(options.catalog, table, options.pairs)
    if options.folds is not None:
        _folds(options, table, groups)
    elif options.sources:
        _sources(options, table, groups)
    elif options.amend is not None:
        _amend(options, catalog, table, groups)
    elif options.official is not None:
        _official(options, catalog, table, groups)
    else:
        _divide(options.out or options.catalog / "splits.csv", catalog, table, groups, options.seed)


def split_catalog(directory: Path, out: Path, seed: int) -> None:
    """Group, divide, pass the gate, write."""
    catalog = Catalog.read(directory)
    table = _table(catalog)
    _divide(out, catalog, table, _groups(directory, table), seed)


def _table(catalog: Catalog, ground_truth: Path | None = None, metadata: Path | None = None) -> dict[str, Facts]:
    from training.importers.isic2019 import read_facts

    if metadata is not None and ground_truth is None:
        raise InvalidData("--metadata needs --ground-truth beside it.")
    if ground_truth is not None and metadata is not None:
        return read_facts(ground_truth, metadata)
    return {record.image_id: record for record in catalog.records}


def _groups(directory: Path, table: Mapping[str, Facts], further: Sequence[Path] = ()) -> dict[str, str]:
    """Groups over lesions, patients, the catalog's duplicates and further pairs, of images that are not here too."""
    from training import duplicates, splits

    pairs = duplicates.read(directory)
    for path in further:
        listed = duplicates.read_list(path)
        here = sum(a in table or b in table for a, b in listed)
        if not here:
            raise InvalidData(
                f"{path} names no image of {directory}. Expected pairs of image ids in its first columns."
            )
        print(f"{path}: {here} of {len(listed)} pairs name an image here")
        pairs += listed
    return splits.group(table, pairs)


def _divide(out: Path, catalog: Catalog, table: Mapping[str, Facts], groups: Mapping[str, str], seed: int) -> None:
    from training import splits

    divided = splits.divide(splits.strata(table), {name: groups[name] for name in table}, seed=seed)
    splits.check(catalog, divided)
    _write(divided, groups, out)


def _folds(options: argparse.Namespace, table: Mapping[str, Facts], groups: Mapping[str, str]) -> None:
    from training.folds import k_folds

    out = options.out or options.catalog / "folds"
    own = {name: groups[name] for name in table}
    for number, split in enumerate(k_folds(table, own, folds=options.folds, seed=options.seed)):
        _write(split, groups, out / f"fold-{number}.csv")


def _sources(options: argparse.Namespace, table: Mapping[str, Facts], groups: Mapping[str, str]) -> None:
    from training.folds import leave_one_source_out

    out = options.out or options.catalog / "sources"
    splits = leave_one_source_out(table, {name: groups[name] for name in table}, seed=options.seed)
    files = {source: out / f"{_file_name(source)}.csv" for source in splits}
    if len(set(files.values())) < len(files):
        raise InvalidData(f"Several sources would be written to one file. Received {sorted(files)}.")
    for source, split in splits.items():
        along = sum(table[name].source != source for name, part in split.parts.items() if part == "test")
        _write(split, groups, files[source])
        if along:
            print(f"  {along} images of other sources share a lesion or picture with {source} and are in test with it")


def _file_name(source: str) -> str:
    """What a source is called on disk: letters, digits, dots and dashes."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", source).strip("-.")[:80] or "unnamed"


def _amend(
    options: argparse.Namespace, catalog: Catalog, table: Mapping[str, Facts], groups: Mapping[str, str]
) -> None:
    from training import splits

    old = splits.Splits.read(splits.find(options.amend, options.catalog))
    amended = splits.amend(old, {name: groups[name] for name in table})
    splits.check(catalog, amended)
    for image_id, part in amended.parts.items():
        if part != old.parts[image_id]:
            print(f"  {image_id}: {old.parts[image_id]} to {part}")
    _write(amended, groups, options.out or options.catalog / "splits.csv")


def _official(
    options: argparse.Namespace, catalog: Catalog, table: Mapping[str, Facts], groups: Mapping[str, str]
) -> None:
    from training import official, splits

    assigned = _assigned(options)
    absent = assigned.keys() - table.keys()
    if absent:
        print(f"{len(absent)} of {len(assigned)} images of the published split are not in {options.catalog}")
        assigned = {name: part for name, part in assigned.items() if name in table}
    own = {name: groups[name] for name in table}
    leaks = official.divided(assigned, own)
    if leaks:
        print(f"{len(leaks)} held-out images share a lesion or picture with an earlier part of the published split")
    if options.drop_leaks:
        assigned = {name: part for name, part in assigned.items() if name not in leaks}
    split = official.complete(assigned, table, own, seed=options.seed)
    splits.check(catalog, split)
    _write(split, groups, options.out or options.catalog / f"{options.official.stem}-split.csv")


def _assigned(options: argparse.Namespace) -> "dict[str, Part]":
    """A published split as its authors wrote it: a pickle numbers the rows of the ground truth, a table names them."""
    from training import official
    from training.importers.isic2019 import read_labels

    if options.official.suffix.lower() not in {".pkl", ".pickle"}:
        return official.read_table(options.official)
    if options.ground_truth is None:
        raise InvalidData("A pickle of indices numbers the rows of the ground truth: give it with --ground-truth.")
    return official.read_indices(options.official, options.fold or 0, list(read_labels(options.ground_truth)))


def _write(split: "Splits", groups: Mapping[str, str], out: Path) -> None:
    from training.splits import with_aliases

    whole = with_aliases(split, groups)
    whole.write(out)
    counts = Counter(split.parts.values())
    told = ", ".join(f"{part} {counts[part]}" for part in counts)
    print(f"{len(split.parts)} images in {len(set(split.groups.values()))} groups ({told}): {out}")
    if aliases := len(whole.parts) - len(split.parts):
        print(f"  and {aliases} other ids of their pictures, for the leakage gate")
