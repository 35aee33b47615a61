"""One network of one seed on the official split: trained, its best epoch chosen on val, asked on a part."""

from pathlib import Path

import keras

from benchmarks.dermamnist.recipe import SevenClasses
from benchmarks.dermamnist.source import Part, Source
from training import predictions
from training.checkpoints import BEST_FILE
from training.errors import InvalidData
from training.finished import CONFIG_FILE
from training.fit import fit
from training.learner import Learner, views_of
from training.models.build import build
from training.pipeline import Batches, InOrder
from training.predict import predict
from training.predictions import Predictions
from training.symmetries import SYMMETRIES
from training.target import Target

VIEWS = len(SYMMETRIES)
"""Every picture is shown in all its symmetries when it is judged."""


def learn(config: SevenClasses, source: Source, run: Path) -> None:
    """Train, or go on where it was interrupted; what is finished is left as it is.

    Raises `InvalidData` when the directory is of another config.
    """
    run.mkdir(parents=True, exist_ok=True)
    told = config.model_dump_json(indent=2) + "\n"
    if (run / CONFIG_FILE).is_file() and (run / CONFIG_FILE).read_text(encoding="utf-8") != told:
        raise InvalidData(f"{run} was trained by another config. Remove it, or choose another --out.")
    if answers_file(run, "val").is_file():
        return
    (run / CONFIG_FILE).write_text(told, encoding="utf-8")
    keras.utils.set_random_seed(config.seed)
    model = build(config, Path(), Path())
    rows, records = source.part("train")
    batches = Batches(source.pixels, records, rows, config.metadata, config.pipeline, config.seed, Target.of(config))
    fit(Learner(model, views_of(model, config)), batches, in_order(config, source, "val"), config, run)
    answer(config, source, run, "val")
    keras.backend.clear_session()


def answer(config: SevenClasses, source: Source, run: Path, part: Part) -> Predictions:
    """What the best epoch says of a part: as written down before, or asked now and written down."""
    file = answers_file(run, part)
    if not file.is_file():
        model = keras.saving.load_model(run / BEST_FILE, compile=False)
        predict(model, in_order(config, source, part), VIEWS).write(file)
    return Predictions.read(file)


def in_order(config: SevenClasses, source: Source, part: Part) -> InOrder:
    """The pictures of a part, batch by batch."""
    rows, records = source.part(part)
    return InOrder(source.pixels, records, rows, config.metadata, target=Target.of(config))


def answers_file(run: Path, part: Part) -> Path:
    """Where a run's answers on a part are written down."""
    return run / predictions.FOLDER / f"{part}.npz"
