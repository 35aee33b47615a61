"""The comparison that CancerNet-SCa's paper makes, with networks of that kind, on lesions that no network has seen.

    python -m benchmarks.comparison --data data [--out comparison] [--seeds 0 1 2] [--only compact resnet50] [--table]
    python -m benchmarks.comparison --data data --size 224 --fit.precision mixed_float16     # on a GPU

Every network learns malignant against all else from the same images, equally long, and calls an image malignant from
0.5. Graded on the calibration part, which no weight and no epoch was chosen by, or with `--part test` on test. Finished
runs are kept, interrupted ones go on; `--table` only reads them. Further `--field value` pairs override every recipe.
Writes comparison-SIZE.md and comparison-SIZE.json.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


from benchmarks.comparison_table import Row, markdown
from benchmarks.kept import finished, folder, learn
from benchmarks.onnx_cost import OnnxCost, measure
from training import predictions, run
from training.comparison import grade
from training.config import Config, recipe
from training.finished import Finished
from training.models.cost import cost
from training.overrides import override
from training.predictions import Predictions
from training.splits import Part
from training.target import Target


@dataclass(frozen=True)
class Scale:
    """How long networks learn at a size, and from which share of the training lesions."""

    share: float
    epochs: int


SCALES = {64: Scale(share=0.35, epochs=5), 224: Scale(share=1.0, epochs=40)}
ALONE = ("--model.fusion", "none")
NETWORKS: Mapping[str, tuple[str, ...]] = {
    "baseline": ("baseline",),
    "compact, picture alone": ("compact", *ALONE),
    "compact": ("compact",),
    "condenser_b": ("condenser_b",),
    "mobilenet_v2 from ImageNet": ("starter",),
    "condenser_a": ("condenser_a",),
    "resnet50": ("resnet50",),
}
"""A recipe each, and what is changed of it."""


def configured(name: str, size: int, seed: int, overrides: Sequence[str]) -> Config:
    """A network's recipe, made equal to the others in all but the network, its initial weights and learning rates."""
    base, *changes = NETWORKS[name]
    ground, config = recipe("compact"), recipe(base)
    fit = config.fit.model_copy(update={"average": ground.fit.average})
    config = config.model_copy(update={"pipeline": ground.pipeline, "fit": fit})
    *before, last = config.fit.phases
    epochs = SCALES[size].epochs - sum(phase.epochs for phase in before)
    phases = json.dumps([phase.model_dump() for phase in (*before, last.model_copy(update={"epochs": epochs}))])
    equal = ("--target", "malignancy", "--image.size", str(size), "--seed", str(seed), "--fit.phases", phases)
    share = ("--pipeline.share", str(SCALES[size].share), "--fit.patience", str(SCALES[size].epochs))
    return override(config, [*changes, *equal, *share, *overrides])


def answers(finished: Finished, part: Part, data: Path, cache: Path) -> Predictions:
    """What a run said of a part. Test is opened only when it is asked for."""
    path = finished.path / predictions.FOLDER / f"{part}.npz"
    if not path.is_file():
        run.finish(finished.path, run.reopen(finished.path, data, cache), final=True)
    return Predictions.read(path)


def row(name: str, runs: Sequence[Finished], told: Sequence[Predictions], onnx: OnnxCost) -> Row:
    """All that the table tells of a network."""
    config = runs[0].config
    spent = cost(runs[0].model())
    metadata = config.model.builder == "baseline" or config.model.fusion != "none"
    graded = grade(list(zip(told, [each.decision for each in runs], strict=True)), Target.of(config))
    return Row(name, metadata, graded, spent.parameters, spent.flops, onnx.latency_ms, onnx.megabytes)


def parse(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Options, and overrides of every recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("DERMSERVE_DATA", "data")))
    parser.add_argument("--out", type=Path, default=Path("comparison"))
    parser.add_argument("--part", choices=("calibration", "test"), default="calibration")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--size", type=int, choices=SCALES, default=64, help="pixels")
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--table", action="store_true", help="train nothing: tell of the runs that are there")
    return parser.parse_known_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, and print the table."""
    options, overrides = parse(arguments)
    cache = options.out / "cache"
    runs: dict[str, list[Finished]] = {}
    for seed in options.seeds:
        for name in options.only:
            directory = folder(options.out, f"{name}-{options.size}-{seed}")
            config = configured(name, options.size, seed, overrides)
            if not options.table:
                learn(config, directory, options.data, cache)
            if finished(directory, config):
                runs.setdefault(name, []).append(Finished.read(directory))
    if not runs:
        raise SystemExit(f"No finished run in {options.out}. Without --table they are trained.")
    costs = measure({name: each[0].model() for name, each in runs.items()})
    rows = [
        row(name, each, [answers(one, options.part, options.data, cache) for one in each], costs[name])
        for name, each in runs.items()
    ]
    write(rows, options)


def write(rows: Sequence[Row], options: argparse.Namespace) -> None:
    """The table as Markdown, also printed, and its numbers as JSON."""
    path = options.out / f"comparison-{options.size}"
    content: dict[str, Any] = {"size": options.size, "part": options.part, "rows": [asdict(each) for each in rows]}
    content = json.loads(json.dumps(content), parse_constant=lambda _: None)  # JSON has no NaN
    path.with_suffix(".json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(markdown(rows, options.part, options.size), encoding="utf-8")
    print(path.with_suffix(".md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
