"""What one training step costs, for every network: images/s, CPU, memory.

    python -m benchmarks.training_step [--sizes 64 160] [--models compact resnet50] [--rounds 5]

A step is all that `training.fit` does with a batch of 32 that is there already: forward, backward, update, metrics, in
float32. Each network has a process of its own, so that memory is its own too. JSON lines, then a table; ratios are to
the first network. The clock feels its neighbors, so CPU time is told beside it.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from training.options.model import Backbone, Model

BATCH = 32
MODELS = {
    "compact": Model(builder="dual", backbone="compact"),
    "baseline": Model(builder="baseline"),
    **{name: Model(builder="dual", backbone=name) for name in get_args(Backbone) if name != "compact"},
}
Row = dict[str, Any]


def measure(name: str, size: int, steps: int, rounds: int) -> Row:
    """Of one network, in this process. Wall: median of the rounds; CPU: the least of them."""
    import numpy as np  # noqa: PLC0415 - the process that only starts others needs none of this
    import tensorflow as tf  # noqa: PLC0415

    from benchmarks.memory import anonymous_mb  # noqa: PLC0415
    from benchmarks.starvation import step_seconds  # noqa: PLC0415

    before = anonymous_mb()
    learner = compiled(name, size, steps)
    rng = np.random.default_rng(0)
    inputs = {
        "image": rng.integers(0, 256, (BATCH, size, size, 3), np.uint8),
        "metadata": rng.random((BATCH, learner.model.inputs[1].shape[1]), np.float32),
    }
    targets = np.eye(learner.model.output.shape[1], dtype=np.float32)[rng.integers(0, 8, BATCH)]
    constant = tf.data.Dataset.from_tensors((inputs, targets)).repeat()
    timed = [step_seconds(learner, constant, steps, settle=2) for _ in range(rounds)]
    return {
        "model": name,
        "pixels": size,
        "images_per_s": round(BATCH / statistics.median(each.wall for each in timed), 1),
        "cpu_ms_per_image": round(1000 * min(each.cpu for each in timed) / BATCH, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before),
        "parameters": learner.model.count_params(),
    }


def compiled(name: str, size: int, steps: int) -> Any:
    """A learner as `training.fit` compiles it, with random weights."""
    import numpy as np  # noqa: PLC0415

    from lesion.image import ImageSpec  # noqa: PLC0415
    from training.learner import Learner  # noqa: PLC0415
    from training.losses import loss  # noqa: PLC0415
    from training.metrics import metrics  # noqa: PLC0415
    from training.models.build import build  # noqa: PLC0415
    from training.optimizer import optimizer  # noqa: PLC0415
    from training.recipes.starter import CONFIG  # noqa: PLC0415

    config = CONFIG.model_copy(update={"model": MODELS[name], "image": ImageSpec(size=size)})
    learner = Learner(build(config, Path(), Path()))
    even = loss(config.fit.loss, np.full(config.outputs, 1 / config.outputs), np.ones(config.outputs, np.int64))
    learner.compile(optimizer(config.fit, config.fit.phases[-1], steps, learner), even, metrics=metrics(config.outputs))
    return learner


def apart(name: str, size: int, options: argparse.Namespace) -> Row:
    """The same in a process of its own. Raises `CalledProcessError` when it fails."""
    command = [sys.executable, "-m", "benchmarks.training_step", "--here", name, "--sizes", str(size)]
    command += ["--steps", str(options.steps), "--rounds", str(options.rounds)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    row: Row = json.loads(told.stdout.splitlines()[-1])
    return row


def table(rows: Sequence[Row]) -> str:
    """Markdown. Ratios are to the first row of the same size."""
    lines = ["| network | pixels | parameters | images/s | CPU ms an image | ratio of CPU | memory MB |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        first = next(each for each in rows if each["pixels"] == row["pixels"])
        ratio = row["cpu_ms_per_image"] / first["cpu_ms_per_image"]
        lines.append(
            f"| `{row['model']}` | {row['pixels']} | {row['parameters']:,} | {row['images_per_s']:g} | "
            f"{row['cpu_ms_per_image']:g} | {ratio:.2f} | {row['peak_mb']:,} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64], help="pixels (default: 64)")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--steps", type=int, default=5, help="a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--here", choices=MODELS, help="one network in this very process")
    options = parser.parse_args(arguments)
    if options.here:
        print(json.dumps(measure(options.here, options.sizes[0], options.steps, options.rounds)))
        return
    rows = []
    for size in options.sizes:
        for name in options.models:
            rows.append(apart(name, size, options))
            print(json.dumps(rows[-1]), flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
