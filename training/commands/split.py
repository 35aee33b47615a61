"""split: divide a catalog by lesion, patient and picture; or load a published split."""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.catalog import Catalog, Facts
from training.errors import InvalidData
from training.splits import Splits


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
    parser.add_argument("--fold", type=int, default=0, help="with a pickle: which of its folds (default: 0)")
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
    catalog = Catalog.read(options.catalog)
    table = _table(catalog, options.ground_truth, options.metadata)
    groups = _groups(options.catalog, table, options.pairs)
    if options.folds is not None:
        _folds(options, table, groups)
    elif options.sources:
        _sources(options, table, groups)
    elif options.amend is not None:
        _amend(options, catalog, groups)
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

    if (ground_truth is None) != (metadata is None):
        raise InvalidData("--ground-truth and --metadata come together. Received one of them.")
    if ground_truth is not None and metadata is not None:
        return read_facts(ground_truth, metadata)
    return {record.image_id: record for record in catalog.records}


def _groups(directory: Path, table: Mapping[str, Facts], further: Sequence[Path] = ()) -> dict[str, str]:
    """Groups over lesions, patients, the catalog's duplicates and further pairs."""
    from training import duplicates, splits

    lists = [duplicates.read(directory), *(duplicates.read_list(path) for path in further)]
    # Cleaning dropped some, and the lists of others are of a whole archive: such pairs join nothing here.
    return splits.group(table, [(a, b) for pairs in lists for a, b in pairs if a in table and b in table])


def _divide(out: Path, catalog: Catalog, table: Mapping[str, Facts], groups: Mapping[str, str], seed: int) -> None:
    from training import splits

    divided = splits.divide(splits.strata(table), groups, seed=seed)
    splits.check(catalog, divided)
    _write(divided, out)


def _folds(options: argparse.Namespace, table: Mapping[str, Facts], groups: Mapping[str, str]) -> None:
    from training.folds import k_folds

    out = options.out or options.catalog / "folds"
    for number, split in enumerate(k_folds(table, groups, folds=options.folds, seed=options.seed)):
        _write(split, out / f"fold-{number}.csv")


def _sources(options: argparse.Namespace, table: Mapping[str, Facts], groups: Mapping[str, str]) -> None:
    from training.folds import leave_one_source_out

    out = options.out or options.catalog / "sources"
    for source, split in leave_one_source_out(table, groups, seed=options.seed).items():
        along = sum(table[name].source != source for name, part in split.parts.items() if part == "test")
        _write(split, out / f"{source.replace('/', '-')}.csv")
        if along:
            print(f"  {along} images of other sources share a lesion or picture with {source} and are in test with it")


def _amend(options: argparse.Namespace, catalog: Catalog, groups: Mapping[str, str]) -> None:
    from training import splits

    old = splits.Splits.read(splits.find(options.amend, options.catalog))
    amended = splits.amend(old, groups)
    splits.check(catalog, amended)
    for image_id, part in amended.parts.items():
        if part != old.parts[image_id]:
            print(f"  {image_id}: {old.parts[image_id]} to {part}")
    _write(amended, options.out or options.catalog / "splits.csv")


def _official(
    options: argparse.Namespace, catalog: Catalog, table: Mapping[str, Facts], groups: Mapping[str, str]
) -> None:
    from training import official, splits

    if options.official.suffix == ".csv" or not options.official.suffix:
        assigned = official.read_table(options.official)
    else:
        assigned = official.read_indices(options.official, options.fold, list(table))
    leaks = official.divided(assigned, groups)
    if leaks:
        print(f"{len(leaks)} held-out images share a lesion or picture with an earlier part of the published split")
    if options.drop_leaks:
        assigned = {name: part for name, part in assigned.items() if name not in leaks}
    split = official.complete(assigned, table, groups, seed=options.seed)
    splits.check(catalog, split)
    _write(split, options.out or options.catalog / f"{options.official.stem}-split.csv")


def _write(split: Splits, out: Path) -> None:
    split.write(out)
    counts = Counter(split.parts.values())
    told = ", ".join(f"{part} {counts[part]}" for part in counts)
    print(f"{len(split.parts)} images in {len(set(split.groups.values()))} groups ({told}): {out}")
