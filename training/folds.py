"""Splits for studies: k folds, and each source held out once."""

from collections.abc import Mapping

from training.catalog import Facts
from training.errors import InvalidData
from training.splits import SHARES, Part, Splits, deal, strata

REST: Mapping[Part, float] = {part: share for part, share in SHARES.items() if part != "test"}
"""What is left of `SHARES` for the images that are not test."""


def k_folds(table: Mapping[str, Facts], groups: Mapping[str, str], *, folds: int, seed: int) -> list[Splits]:
    """Splits in which every image is in test once. What is not test is dealt out as `REST`, anew for each fold.

    No group is divided, within a split or between folds. Raises `InvalidData` for fewer than 2 folds or fewer groups
    than folds.
    """
    most = len(set(groups.values()))
    if not 2 <= folds <= most:
        raise InvalidData(f"Expected 2 to {most} folds, a group or more in each. Received {folds}.")
    kinds = strata(table)
    fold_of = deal(kinds, groups, {str(fold): 1 / folds for fold in range(folds)}, seed=seed)
    return [
        _hold_out({name for name, fold in fold_of.items() if fold == str(test)}, kinds, groups, seed)
        for test in range(folds)
    ]


def leave_one_source_out(table: Mapping[str, Facts], groups: Mapping[str, str], *, seed: int) -> dict[str, Splits]:
    """source → the split in which that source is test and no other split has seen it.

    A group with images in several sources goes to test whole with each of them: a few images of other sources come
    along rather than a lesion be divided. Raises `InvalidData` when there is only one source.
    """
    sources = sorted({facts.source for facts in table.values()})
    if len(sources) < 2:
        raise InvalidData(f"Leaving one source out needs two or more. Received {sources}.")
    kinds = strata(table)
    splits = {}
    for source in sources:
        held_out = {groups[name] for name, facts in table.items() if facts.source == source}
        splits[source] = _hold_out({name for name in table if groups[name] in held_out}, kinds, groups, seed)
    return splits


def _hold_out(test: set[str], kinds: Mapping[str, str], groups: Mapping[str, str], seed: int) -> Splits:
    """`test` as it is, the rest dealt out as `REST`."""
    total = sum(REST.values())
    rest = {name: kind for name, kind in kinds.items() if name not in test}
    parts = deal(
        rest, {name: groups[name] for name in rest}, {part: share / total for part, share in REST.items()}, seed=seed
    )
    return Splits({**parts, **dict.fromkeys(test, "test")}, groups)
