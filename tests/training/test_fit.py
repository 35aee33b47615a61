"""What fit shows the model, what it keeps of it, and that an interruption leaves no trace."""

import csv
from collections import Counter
from pathlib import Path
from threading import Lock

import keras
import numpy as np
import pytest

from lesion.diagnosis import CODES
from training.catalog import Record
from training.checkpoints import BEST_FILE, LAST_FILE, STATE_FILE
from training.config import Config, InvalidConfig
from training.errors import InvalidData
from training.fit import TENSORBOARD_FOLDER, fit
from training.history import HISTORY_FILE, read
from training.learner import Learner, views_of
from training.losses import LogitAdjusted
from training.models.build import build
from training.options.fit import Fit, Loss, Phase
from training.options.model import Model
from training.pipeline import Batch, Batches, InOrder
from training.recipes.smoke import CONFIG
from training.target import Target

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


class PulledPlug(Exception):
    """The machine goes down."""


class Interrupted(Batches):
    """Its power fails at a step."""

    fails_at: int

    def batch(self, step: int) -> Batch:
        if step >= self.fails_at:
            raise PulledPlug
        return super().batch(step)


class Poisoned(Batches):
    """Its targets are not numbers from a step on."""

    def batch(self, step: int) -> Batch:
        inputs, targets = super().batch(step)
        return inputs, targets * (np.float32("nan") if step >= 7 else np.float32(1))


def config(*, on_device: bool = False, **options: object) -> Config:
    views = CONFIG.pipeline.augmentation
    assert views is not None
    views = views.model_copy(update={"on_device": on_device, "erase": 0.2, "blur_pixels": 1.0 if on_device else 0.0})
    pipeline = CONFIG.pipeline.model_copy(update={"augmentation": views, "batch_size": 8})
    fitted = Fit.model_validate({"phases": PHASES, "average": 0.5, **options})
    return CONFIG.model_copy(update={"pipeline": pipeline, "fit": fitted})


def data(options: Config, kind: type[Batches] = Batches, count: int = 40) -> tuple[Batches, InOrder]:
    size, target = options.image.size, Target.of(options)
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)
    records = [Record(image_id=f"{row}", label=CODES[row % 8], age=40.0, sha256="", file="") for row in range(count)]
    rows = list(range(count))
    batches = kind(pixels, records, rows, options.metadata, options.pipeline, options.seed, target)
    return batches, InOrder(pixels, records, rows, options.metadata, batch_size=16, target=target)


def learner(options: Config) -> Learner:
    keras.utils.set_random_seed(options.seed)
    model = build(options, Path(), Path())
    return Learner(model, views_of(model, options))


def losses(model: keras.Model, part: InOrder, loss: LogitAdjusted) -> list[float]:
    """Of each batch, times its size."""
    given = [part.batch(step) for step in range(len(part))]
    return [float(loss(targets, model(inputs))) * len(targets) for inputs, targets in given]


def weights(file: Path) -> list[np.ndarray]:
    found: list[np.ndarray] = keras.saving.load_model(file, compile=False).get_weights()
    return found


@pytest.mark.parametrize("on_device", [False, True])
def test_phases_go_on_where_the_last_one_stopped_and_what_was_validated_is_kept(
    on_device: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
) -> None:
    options = config(on_device=on_device)
    batches, held_out = data(options, Recorded)
    assert isinstance(batches, Recorded)
    batches.asked = Counter()
    learning = learner(options)
    fit(learning, batches, held_out, options, tmp_path)

    steps = len(batches)
    assert set(range(3 * steps)) <= set(batches.asked)
    # The first of a phase may also be asked for to see what a batch looks like.
    assert {batches.asked[step] for step in range(1, steps)} == {1}

    best, last = (keras.saving.load_model(tmp_path / name, compile=False) for name in (BEST_FILE, LAST_FILE))
    for kept in (best, last):
        assert [layer.name for layer in kept.layers] == [layer.name for layer in learning.model.layers]
    # The averaged weights: were others kept, it would be another number.
    loss = LogitAdjusted([float(share) for share in batches.class_shares])
    assert sum(losses(last, held_out, loss)) / 40 == pytest.approx(read(tmp_path)[-1]["val_loss"], rel=1e-4)


@pytest.mark.parametrize(
    ("fails_at", "on_device"),
    [(3, False), (13, True), (18, False)],
    ids=["first epoch", "second phase", "its second epoch"],
)
def test_a_run_that_was_interrupted_ends_like_one_that_was_not(
    fails_at: int,
    on_device: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
) -> None:
    phases = (PHASES[0], PHASES[1].model_copy(update={"epochs": 3, "warmup_epochs": 0.5}))
    options = config(on_device=on_device, phases=phases, weight_decay=0.01)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    fit(learner(options), *data(options), options, whole)

    failing, held_out = data(options, Interrupted)
    assert isinstance(failing, Interrupted)
    failing.fails_at = fails_at
    with pytest.raises(Exception) as failure:  # noqa: PT011 - TensorFlow wraps it in one of its own
        fit(learner(options), failing, held_out, options, cut)
    assert "PulledPlug" in repr(failure.value) + str(failure.value)
    # A row of an epoch that the state does not know of is made again.
    before = (cut / HISTORY_FILE).read_text() if (cut / HISTORY_FILE).exists() else ""
    fit(learner(options), *data(options), options, cut)

    assert (cut / HISTORY_FILE).read_text() == (whole / HISTORY_FILE).read_text()
    assert (cut / HISTORY_FILE).read_text().startswith(before)
    for name in (BEST_FILE, LAST_FILE):
        for mine, theirs in zip(weights(cut / name), weights(whole / name), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def interrupted(options: Config, run: Path) -> None:
    failing, held_out = data(options, Interrupted)
    assert isinstance(failing, Interrupted)
    failing.fails_at = 8
    with pytest.raises(Exception):  # noqa: B017, PT011 - TensorFlow wraps it in one of its own
        fit(learner(options), failing, held_out, options, run)


def test_a_run_does_not_go_on_as_another_or_from_what_is_damaged(tmp_path: Path) -> None:
    options = config()
    interrupted(options, tmp_path)
    state, rows = (tmp_path / STATE_FILE).read_bytes(), (tmp_path / HISTORY_FILE).read_text()

    def told(changed: Config) -> str:
        with pytest.raises(InvalidData) as failure:
            fit(learner(changed), *data(changed), changed, tmp_path)
        return str(failure.value)

    assert "its config, or the weights" in told(options.model_copy(update={"seed": 9}))
    (tmp_path / HISTORY_FILE).write_text(rows.splitlines()[0] + "\n")
    assert "Expected 1 epochs. Received 0" in told(options)
    (tmp_path / HISTORY_FILE).write_text(rows.replace("0,", "zero,"))
    assert "history.csv is damaged" in told(options)
    (tmp_path / HISTORY_FILE).write_text(rows)
    (tmp_path / STATE_FILE).write_bytes(state[:100])
    assert "state.npz is damaged" in told(options)


def test_what_never_comes_to_an_update_is_refused(tmp_path: Path) -> None:
    options = config(accumulate=11)
    with pytest.raises(InvalidConfig, match=r"A phase of 5 batches never comes to an update: accumulate is 11"):
        fit(learner(options), *data(options), options, tmp_path)


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step(tmp_path: Path) -> None:
    options = config()
    with pytest.raises(FloatingPointError, match=r"nan after step 7 \(epoch 2, batch 3 of 5\)"):
        fit(learner(options), *data(options, Poisoned), options, tmp_path)


def test_patience_counts_the_epochs_of_a_phase(tmp_path: Path) -> None:
    """At a learning rate of nothing nothing gets better: one epoch, and as many as patience allows, in both phases."""
    still = tuple(Phase(epochs=6, learning_rate=1e-12, train=train) for train in ("head", "all"))
    options = config(phases=still, patience=2, average=None, monitor="loss", weight_decay=0)
    fit(learner(options), *data(options), options, tmp_path)
    assert [row["epoch"] for row in read(tmp_path)] == list(range(6))


def test_what_is_frozen_stays_and_what_is_not_learns(tmp_path: Path) -> None:
    """A third of the tiny backbone's layers, from its end, and the head."""
    options = config(phases=(Phase(epochs=1, learning_rate=1e-2, train=1 / 3),), average=None)
    learning = learner(options)
    before = {layer.name: layer.get_weights() for layer in learning.model.get_layer("backbone").layers}
    head = learning.model.get_layer("evidence").get_weights()
    fit(learning, *data(options), options, tmp_path)
    changed = [
        any((old != new).any() for old, new in zip(before[layer.name], layer.get_weights(), strict=True))
        for layer in learning.model.get_layer("backbone").layers
        if layer.weights
    ]
    assert changed == [False] * 6 + [True] * 2, "of four convolutions, each with its normalization, the last"
    assert (learning.model.get_layer("evidence").get_weights()[0] != head[0]).any()


def test_a_model_without_a_backbone_has_none_to_freeze(tmp_path: Path) -> None:
    options = config().model_copy(update={"model": Model(builder="baseline")})
    with pytest.raises(InvalidConfig, match=r"trains 'head', not all, but baseline has no backbone"):
        fit(learner(options), *data(options), options, tmp_path)


def test_malignancy_alone_is_learned_with_every_loss(tmp_path: Path) -> None:
    for kind in ("logit_adjusted", "cross_entropy", "class_balanced", "focal"):
        run = tmp_path / kind
        run.mkdir()
        options = config(phases=PHASES[1:], loss=Loss(kind=kind), average=None)
        options = options.model_copy(update={"target": "malignancy"})
        learning = learner(options)
        assert learning.model.output.shape == (None, 1)
        fit(learning, *data(options), options, run)
        rows = read(run)
        assert all(0 <= row["val_balanced_accuracy"] <= 1 and np.isfinite(row["loss"]) for row in rows)


def test_tensorboard_reads_what_is_written_for_it(tmp_path: Path) -> None:
    options = config(phases=PHASES[:1], tensorboard=True)
    fit(learner(options), *data(options), options, tmp_path)
    assert {path.name for path in (tmp_path / TENSORBOARD_FOLDER).iterdir()} == {"train", "validation"}
    assert any((tmp_path / TENSORBOARD_FOLDER / "validation").glob("events.out.tfevents.*"))


def test_history_holds_a_row_an_epoch(tmp_path: Path) -> None:
    options = config(phases=PHASES[:1])
    fit(learner(options), *data(options), options, tmp_path)
    with (tmp_path / HISTORY_FILE).open() as file:
        (row,) = csv.DictReader(file)
    assert {"epoch", "loss", "accuracy", "balanced_accuracy", "val_loss", "val_balanced_accuracy"} <= row.keys()
