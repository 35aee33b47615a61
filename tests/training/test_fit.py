"""What fit shows the model, and what it keeps of it."""

import csv
from collections import Counter
from pathlib import Path
from threading import Lock

import keras
import numpy as np
import pytest

from lesion.diagnosis import CODES
from training.catalog import Record
from training.config import Config, Fit, Phase
from training.fit import HISTORY_FILE, LAST_FILE, fit
from training.losses import LogitAdjusted
from training.models.build import build
from training.pipeline import Batch, Batches, InOrder
from training.recipes.smoke import CONFIG

pytestmark = pytest.mark.tensorflow

PHASES = (Phase(epochs=1, learning_rate=1e-3, train="head"), Phase(epochs=2, learning_rate=1e-3))


class Recorded(Batches):
    """Counts how often each step is asked for."""

    def batch(self, step: int) -> Batch:
        with self.lock:
            self.asked[step] += 1
        return super().batch(step)

    asked: Counter[int]
    lock = Lock()


def config(*, on_device: bool) -> Config:
    views = CONFIG.pipeline.augmentation
    assert views is not None
    views = views.model_copy(update={"on_device": on_device, "erase": 0.2, "blur_pixels": 1.0})
    pipeline = CONFIG.pipeline.model_copy(update={"augmentation": views, "batch_size": 8})
    return CONFIG.model_copy(update={"pipeline": pipeline, "fit": Fit(phases=PHASES, average=0.5)})


def data(options: Config, count: int = 40) -> tuple[Recorded, InOrder]:
    size = options.image.size
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)
    records = [Record(image_id=f"{row}", label=CODES[row % 8], age=40.0, sha256="", file="") for row in range(count)]
    batches = Recorded(pixels, records, list(range(count)), options.metadata, options.pipeline, options.seed)
    batches.asked = Counter()
    return batches, InOrder(pixels, records, list(range(count)), options.metadata, batch_size=16)


def losses(model: keras.Model, part: InOrder, loss: LogitAdjusted) -> list[float]:
    """Of each batch, times its size."""
    given = [part.batch(step) for step in range(len(part))]
    return [float(loss(targets, model(inputs))) * len(targets) for inputs, targets in given]


@pytest.mark.parametrize("on_device", [False, True])
def test_phases_go_on_where_the_last_one_stopped_and_what_was_validated_is_kept(
    on_device: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
) -> None:
    options = config(on_device=on_device)
    keras.utils.set_random_seed(0)
    batches, held_out = data(options)
    model = build(options, len(CODES), tmp_path, tmp_path)
    best = fit(model, batches, held_out, options, tmp_path)

    steps = len(batches)
    assert set(range(3 * steps)) <= set(batches.asked)
    # The first of a phase may also be asked for to see what a batch looks like.
    assert {batches.asked[step] for step in range(1, steps)} == {1}

    last = keras.saving.load_model(tmp_path / LAST_FILE)
    for kept in (best, last):
        assert [layer.name for layer in kept.layers] == [layer.name for layer in model.layers]
    assert int(last.optimizer.iterations) == 2 * steps, "each phase has its own, and it is kept"

    with (tmp_path / HISTORY_FILE).open() as file:
        history = list(csv.DictReader(file))
    # The averaged weights: were others kept, it would be another number.
    loss = LogitAdjusted([float(share) for share in batches.class_shares])
    assert sum(losses(last, held_out, loss)) / 40 == pytest.approx(float(history[-1]["val_loss"]), rel=1e-4)
