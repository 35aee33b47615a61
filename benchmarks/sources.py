"""What a model loses on a source of images that it has not learned from: recipe `compact`, each source left out once.

    python -m training import isic2019 … --out data/isic2019_84
    python -m benchmarks.sources --data data [--out sources] [--only MSK] [--epochs 12] [--share 1] [--table]

For every source three models are graded on its images of the calibration part, which none learns from or is chosen by;
test stays shut. One learns from all sources. One from all but this. The third from all sources, but from as few
lesions as the second: what the second lacks beside it is not for want of images. Finished runs are kept, so the command
goes on where it was stopped; `--table` only reads them. Further `--field value` pairs override the recipe. Writes
sources.md and sources.json.

At 64 px, 12 epochs and all lesions: seven runs, 28 minutes on two free cores.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from benchmarks.kept import finished, folder, learn
from training import duplicates, predictions, splits, subset
from training.catalog import Catalog, Record
from training.config import Config
from training.errors import InvalidData
from training.evaluation.answers import Answers
from training.evaluation.classification import balanced
from training.evaluation.malignancy import malignancy_auc
from training.evaluation.paired import Difference, paired
from training.finished import Finished
from training.overrides import override
from training.predictions import Predictions
from training.recipes.compact import CONFIG
from training.splits import Part, Splits
from training.target import Target

DATASET = "isic2019_84"
SOURCES: Mapping[str, tuple[str, ...]] = {
    "HAM10000": ("HAM10000",),
    "BCN_20000": ("BCN_20000",),
    "MSK": ("MSK", "other"),
}
"""Sources left out, as the catalog calls them. "other": images of ISIC 2017 without a lesion id, MSK's mostly."""
HEADER = "| graded on (images, lesions, classes) | figure | all | all, as few | without it | last less as few (95 %) |"
DATA = "ISIC 2019 (HAM10000, BCN_20000 and MSK) at 84×84 px, sources left out as the run's name says."
ALL = "all sources"
LEARNED_FROM: tuple[Part, ...] = ("train", "validation")


@dataclass(frozen=True)
class Row:
    """One source. Figures are shares; drops are those of the model without it less those of the other model."""

    source: str
    images: int
    lesions: int
    malignant: int
    classes: int
    balanced_accuracy: dict[str, float]
    malignancy_auc: dict[str, float | None]
    balanced_accuracy_drop: dict[str, Difference]
    malignancy_auc_drop: dict[str, Difference | None]


def names(source: str) -> tuple[str, str]:
    """Of the model without a source, and of the one from as few lesions."""
    return f"without {source}", f"all, as few as without {source}"


def without(base: Splits, records: Sequence[Record], sources: Sequence[str]) -> Splits:
    """The split with every group that has an image of these sources unused where it would be learned from."""
    left_out = {base.groups[record.image_id] for record in records if record.source in sources}
    return _unused(base, left_out)


def as_few(base: Splits, other: Splits, records: Sequence[Record]) -> Splits:
    """The split with lots of its groups unused, of every source alike, until training is no larger than `other`'s."""
    trained = [sum(each.parts[record.image_id] == "train" for record in records) for each in (base, other)]
    share = trained[1] / trained[0]
    # Another lot than `--pipeline.share`, which would draw the very groups that are left.
    return _unused(base, {own for own in set(base.groups.values()) if not subset.holds(f"as few {own}", share)})


def _unused(base: Splits, groups: set[str]) -> Splits:
    parts: dict[str, Part] = {
        name: "unused" if part in LEARNED_FROM and base.groups[name] in groups else part
        for name, part in base.parts.items()
    }
    return Splits(parts, base.groups)


def write_splits(catalog: Catalog, base: Splits, only: Sequence[str], out: Path) -> dict[str, Path]:
    """A file for every model, by its name."""
    made = {ALL: base}
    for source in only:
        lacking, thinned = names(source)
        made[lacking] = without(base, catalog.records, SOURCES[source])
        made[thinned] = as_few(base, made[lacking], catalog.records)
    files = {name: (out / "splits" / f"{folder(out, name).name}.csv").resolve() for name in made}
    for name, split in made.items():
        split.write(files[name])
    return files


def configured(split: Path, options: argparse.Namespace) -> Config:
    """The recipe on one split."""
    (phase,) = CONFIG.fit.phases
    phases = json.dumps([{**phase.model_dump(), "epochs": options.epochs}])
    size = ("--fit.phases", phases, "--fit.patience", str(options.epochs), "--pipeline.share", str(options.share))
    data = ("--dataset", options.dataset, "--splits", str(split))
    told = ("--data_statement", DATA, "--data_license", "CC BY-NC 4.0")
    return override(CONFIG, [*data, *told, *size, "--seed", str(options.seed), *options.overrides])


def answers(run: Path) -> Answers:
    """What a finished run says of the calibration part."""
    given = Finished.read(run)
    told = Predictions.read(run / predictions.FOLDER / "calibration.npz")
    return Answers.of(told, given.decision, Target.of(given.config))


def row(source: str, found: Mapping[str, Answers], records: Mapping[str, Record], *, seed: int = 0) -> Row:
    """Grade the three models on a source's images. Raises `InvalidData` when the part holds none."""
    ids = found[ALL].predictions.image_id.tolist()
    own = np.flatnonzero([records[name].source in SOURCES[source] for name in ids])
    if not len(own):
        raise InvalidData(f"The calibration part holds no image of {source}.")
    lacking, thinned = names(source)
    graded = {name: found[name].take(own) for name in (ALL, lacking, thinned)}
    compared = {name: paired(graded[lacking], graded[name], seed=seed) for name in (ALL, thinned)}
    return Row(
        source=source,
        images=len(own),
        lesions=compared[ALL].lesions,
        malignant=int(graded[ALL].malignant.sum()),
        classes=len(np.unique(graded[ALL].label)),
        balanced_accuracy={name: _balanced(given) for name, given in graded.items()},
        malignancy_auc={name: malignancy_auc(given, seed=seed).value for name, given in graded.items()},
        balanced_accuracy_drop={name: each.even.balanced_accuracy for name, each in compared.items()},
        malignancy_auc_drop={name: each.malignancy_auc for name, each in compared.items()},
    )


def table(rows: Sequence[Row]) -> str:
    """Markdown, a row a source."""
    lines = [HEADER, "|---|---|---|---|---|---|"]
    for item in rows:
        lacking, thinned = names(item.source)
        on = f"{item.source} ({item.images}, {item.lesions}, {item.classes})"
        for figure in ("balanced_accuracy", "malignancy_auc"):
            values = [_percent(getattr(item, figure)[name]) for name in (ALL, thinned, lacking)]
            drop = _drop(getattr(item, f"{figure}_drop")[thinned])
            lines.append(f"| {on} | {figure.replace('_', ' ')} % | {' | '.join(values)} | {drop} |")
    return "\n".join(lines)


def _balanced(given: Answers) -> float:
    return balanced(given.label, given.even.argmax(axis=1) == given.label)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _drop(difference: Difference | None) -> str:
    if difference is None:
        return "–"
    low, high = difference.interval
    return f"{100 * difference.value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def run_all(options: argparse.Namespace) -> list[Row]:
    """Train what is missing unless `--table`, and grade. Raises `InvalidData` when a run is missing."""
    directory = options.data / options.dataset
    catalog = Catalog.read(directory)
    base = Splits.read(splits.find(options.splits, directory))
    splits.check(catalog, base, duplicates.known(directory))
    runs = {}
    for name, file in write_splits(catalog, base, options.only, options.out).items():
        config, runs[name] = configured(file, options), folder(options.out, name)
        if not options.table:
            learn(config, runs[name], options.data, options.out / "cache")
        elif not finished(runs[name], config):
            raise InvalidData(f"There is no finished run of {name} in {options.out}. Train it: leave --table out.")
    found = {name: answers(run) for name, run in runs.items()}
    records = {record.image_id: record for record in catalog.records}
    return [row(source, found, records, seed=options.seed) for source in options.only]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, grade, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data directory with the catalog")
    parser.add_argument("--dataset", default=DATASET, help="folder of the catalog")
    parser.add_argument("--splits", default=CONFIG.splits, help="as in a recipe")
    parser.add_argument("--out", type=Path, default=Path("sources"))
    parser.add_argument("--only", nargs="+", choices=SOURCES, default=list(SOURCES), help="sources to leave out")
    parser.add_argument("--share", type=float, default=1.0, help="of the lesions of every training part")
    parser.add_argument("--epochs", type=int, default=CONFIG.fit.phases[0].epochs)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", action="store_true", help="train nothing, tell what is there")
    options, further = parser.parse_known_args(arguments)
    options.overrides = further
    rows = run_all(options)
    told = [{**asdict(item), **{k: _plain(getattr(item, k)) for k in _DROPS}} for item in rows]
    (options.out / "sources.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    (options.out / "sources.md").write_text(table(rows) + "\n", encoding="utf-8")
    print(table(rows))


_DROPS = ("balanced_accuracy_drop", "malignancy_auc_drop")


def _plain(drops: Mapping[str, Difference | None]) -> dict[str, object]:
    return {name: None if each is None else each.model_dump() for name, each in drops.items()}


if __name__ == "__main__":
    main()
