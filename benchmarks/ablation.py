"""What each technique of training brings: the recipe `ablation`, and variants of it that differ in one thing each.

    python -m benchmarks.ablation --data data [--out ablation] [--seeds 0 1 2] [--only fusion loss] [--table]

Graded on the calibration part, which no variant learns from or is chosen by; test stays shut. Finished runs are kept,
so the command goes on where it was stopped; `--table` only reads them. Writes ablation.md and ablation.json.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from benchmarks.kept import finished, folder, learn
from training import run
from training.config import Config
from training.errors import InvalidData
from training.overrides import override
from training.recipes.ablation import CONFIG
from training.report.files import FOLDER, NUMBERS_FILE
from training.test_time import grade_views

VIEWS, SEEDS = 8, 10
SCRATCH = ("--model.weights", "null", "--model.weights_note", "none (random)")


def phases(**options: object) -> tuple[str, str]:
    """The second phase with other options, after the same first one."""
    first, second = (phase.model_dump() for phase in CONFIG.fit.phases)
    return ("--fit.phases", json.dumps([first, {**second, **options}]))


def alone(**options: object) -> tuple[str, str]:
    """One phase as long as both."""
    epochs = sum(phase.epochs for phase in CONFIG.fit.phases)
    return ("--fit.phases", json.dumps([{**CONFIG.fit.phases[1].model_dump(), "epochs": epochs, **options}]))


VARIANTS: dict[str, dict[str, tuple[str, ...]]] = {
    "base": {"the recipe": ()},
    "fusion": {
        "concatenated, not modulated": ("--model.fusion", "concatenate"),
        "picture alone": ("--model.fusion", "none"),
        "no metadata hidden": ("--pipeline.metadata_dropout", "0"),
    },
    "imbalance": {
        "cross-entropy, not logit-adjusted": ("--fit.loss.kind", "cross_entropy"),
        "class-balanced loss": ("--fit.loss.kind", "class_balanced"),
        "focal loss": ("--fit.loss.kind", "focal"),
        "drawn as they come (balance 0)": ("--pipeline.balance", "0"),
        "drawn equally often (balance 1)": ("--pipeline.balance", "1"),
        "cross-entropy, drawn as they come": ("--fit.loss.kind", "cross_entropy", "--pipeline.balance", "0"),
    },
    "phases": {
        "all layers from the start": alone(),
        "head only": alone(train="head", learning_rate=2e-3, warmup_epochs=0),
        "half of the backbone": phases(train=0.5),
        "from random weights": (*SCRATCH, *alone()),
    },
    "schedule": {
        "one cycle": phases(schedule="one_cycle", warmup_epochs=0),
        "constant": phases(schedule="constant"),
        "no warm-up": phases(warmup_epochs=0),
        "Lion": ("--fit.optimizer", "lion", *phases(learning_rate=5e-5)),
        "gradients no longer than 1": ("--fit.clip_norm", "1"),
        "SGD with momentum": ("--fit.optimizer", "sgd", *phases(learning_rate=2e-2), "--fit.weight_decay", "1e-4"),
        "gradients of 2 batches": ("--fit.accumulate", "2"),
    },
    "regularization": {
        "no averaged weights": ("--fit.average", "null"),
        "no label smoothing": ("--fit.loss.label_smoothing", "0"),
        "no weight decay": ("--fit.weight_decay", "0"),
        "L2 1e-4 for weight decay": ("--fit.weight_decay", "0", "--fit.l2", "1e-4"),
        "L1 1e-6 for weight decay": ("--fit.weight_decay", "0", "--fit.l1", "1e-6"),
        "no dropout": ("--model.dropout", "0"),
    },
    "views": {
        "no augmentation": ("--pipeline.augmentation", "null"),
        "drawn on the device": ("--pipeline.augmentation.on_device", "true"),
        "with mixup 0.2": ("--pipeline.augmentation.mixup", "0.2"),
        "with cutmix 1": ("--pipeline.augmentation.cutmix", "1"),
    },
    "backbones": {
        f"{name}, from random weights": (*SCRATCH, *alone(), "--model.backbone", name)
        for name in ("compact", "mobilenet_v3_small", "efficientnet_v2_b0", "convnext_tiny")
    },
}
"""Overrides of the recipe, by what they are about and what they do."""


@dataclass(frozen=True)
class Figures:
    """Of one run, in percent."""

    balanced_accuracy: float
    malignancy_auc: float


def configured(overrides: Sequence[str], seed: int) -> Config:
    """A variant of the recipe."""
    return override(CONFIG, [*overrides, "--seed", str(seed)])


def figures(content: dict[str, dict[str, float]], grouping: str) -> Figures:
    """Of a report."""
    graded = content[grouping]
    return Figures(100 * graded["balanced_accuracy"], 100 * graded["malignancy_auc"])


def read(directory: Path) -> Figures:
    """Of a finished run."""
    return figures(json.loads((directory / FOLDER / NUMBERS_FILE).read_text())["reports"], "isic2019")


def views(directory: Path, data: Path, cache: Path) -> Figures:
    """Of a finished run, on all eight views of each picture."""
    file = directory / FOLDER / f"views-{VIEWS}.json"
    if not file.is_file():
        grade_views(directory, run.reopen(directory, data, cache), "calibration", VIEWS)
    return figures(json.loads(file.read_text())["reports"], f"{VIEWS} views")


def place(out: Path, name: str, seed: int) -> Path:
    """Of a variant's run."""
    return folder(out, f"{name.lower()}-{seed}")


def row(name: str, found: dict[int, Figures], base: dict[int, Figures]) -> dict[str, object]:
    """Means over the seeds, and the difference to the recipe of the same seeds."""
    shared = sorted(found.keys() & base.keys())
    differences = [found[seed].balanced_accuracy - base[seed].balanced_accuracy for seed in shared]
    return {
        "variant": name,
        "seeds": len(shared),
        "balanced_accuracy": round(float(np.mean([found[seed].balanced_accuracy for seed in shared])), 1),
        "malignancy_auc": round(float(np.mean([found[seed].malignancy_auc for seed in shared])), 1),
        "difference": round(float(np.mean(differences)), 1),
        "differences": [round(difference, 1) for difference in differences],
    }


def table(rows: Sequence[dict[str, object]]) -> str:
    """Markdown, a row a variant."""
    lines = [
        "| variant | seeds | balanced accuracy % | difference (each seed) | malignancy AUC % |",
        "|---|---|---|---|---|",
    ]
    for item in rows:
        each = ", ".join(f"{value:+.1f}" for value in item["differences"])  # type: ignore[attr-defined]
        told = "" if item["variant"] == "the recipe" else f"{item['difference']:+.1f} ({each})"
        lines.append(
            f"| {item['variant']} | {item['seeds']} | {item['balanced_accuracy']} | {told} | {item['malignancy_auc']} |"
        )
    return "\n".join(lines)


def train_missing(options: argparse.Namespace) -> None:
    """Every chosen variant with every seed, unless it is there."""
    chosen = {name: given for kind in options.only for name, given in VARIANTS[kind].items()}
    for seed in options.seeds:
        for name, overrides in chosen.items():
            config = configured(overrides, seed)
            learn(config, place(options.out, name, seed), options.data, options.out / "cache")


def graded(options: argparse.Namespace) -> list[dict[str, object]]:
    """A row for each variant with a finished run, and one for views at test time.

    Raises `InvalidData` when there is nothing to compare with.
    """
    found: dict[str, dict[int, Figures]] = {}
    for name, overrides in (item for given in VARIANTS.values() for item in given.items()):
        runs = {seed: place(options.out, name, seed) for seed in range(SEEDS)}
        done = {seed: at for seed, at in runs.items() if finished(at, configured(overrides, seed))}
        found[name] = {seed: read(at) for seed, at in done.items()}
    base = found["the recipe"]
    if not base:
        raise InvalidData(
            f"No run of the recipe itself in {options.out}: variants are compared with it. Add: --only base"
        )
    found[f"{VIEWS} views at test time"] = {
        seed: views(place(options.out, "the recipe", seed), options.data, options.out / "cache") for seed in base
    }
    return [row(name, results, base) for name, results in found.items() if results.keys() & base.keys()]


def main() -> None:
    """Train what is missing, grade, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data directory with the catalog ham10000")
    parser.add_argument("--out", type=Path, default=Path("ablation"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], choices=range(SEEDS))
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    step = parser.add_mutually_exclusive_group()
    step.add_argument("--table", action="store_true", help="train nothing, tell what is there")
    step.add_argument("--train", action="store_true", help="train only: several processes may share the variants out")
    options = parser.parse_args()
    if not options.table:
        train_missing(options)
    if options.train:
        return
    rows = graded(options)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "ablation.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    (options.out / "ablation.md").write_text(table(rows) + "\n", encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
