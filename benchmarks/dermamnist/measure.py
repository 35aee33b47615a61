"""Networks of several seeds, trained one after another, then asked about a part: once all of them are what they are."""

from collections.abc import Sequence
from pathlib import Path

import keras

from benchmarks.dermamnist.figures import Figures
from benchmarks.dermamnist.learn import answer, learn
from benchmarks.dermamnist.recipe import SevenClasses
from benchmarks.dermamnist.source import Part, Source
from benchmarks.dermamnist.table import Measured
from training.checkpoints import BEST_FILE


def measure(config: SevenClasses, source: Source, out: Path, seeds: Sequence[int], part: Part) -> Measured:
    """Train what is not trained yet, below `out`, and ask about a part."""
    runs = {seed: out / f"seed-{seed}" for seed in dict.fromkeys(seeds)}
    configs = {seed: config.model_copy(update={"seed": seed}) for seed in runs}
    for seed, run in runs.items():
        learn(configs[seed], source, run)
    answers = {seed: answer(configs[seed], source, run, part) for seed, run in runs.items()}
    one = keras.saving.load_model(next(iter(runs.values())) / BEST_FILE, compile=False)
    return Measured(
        part=part,
        pictures=len(source.part(part)[0]),
        seeds={seed: Figures.of([given]) for seed, given in answers.items()},
        together=Figures.of(list(answers.values())),
        parameters=one.count_params(),
    )
