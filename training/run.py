"""One training run, top to bottom: open, data, model, fit, predict, calibrate, report.

runs/<name>/  config.json  environment.json  seen.csv  history.csv  best.keras  last.keras  quality.json  decision.json
              predictions/{validation,calibration,test}.npz  report/
              while it trains: state.npz; if asked for: tensorboard/
"""

import json
import math
import platform
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

import keras

from lesion.decision import DecisionSpec
from lesion.image import Pixels
from lesion.manifest import sha256
from lesion.quality import QualitySpec
from training import cache, duplicates, finished, hardware, lineage, predictions, run_files, splits, subset, teachers
from training.calibrate import calibrate
from training.calibration.quality import fit_quality
from training.catalog import Catalog, Record, content_hash
from training.checkpoints import BEST_FILE, LAST_FILE, STATE_FILE
from training.config import Config, read_file
from training.distill import Distiller
from training.errors import InvalidData
from training.evaluate import evaluate, groupings
from training.evaluation.answers import Answers
from training.evaluation.evaluation import Evaluation
from training.evaluation.provenance import Provenance
from training.finished import Finished, is_finished
from training.fit import expect_trainable, fit
from training.grading import Examination, tell
from training.hardware import Place
from training.learner import Learner, views_of
from training.lineage import Seen
from training.models.build import build
from training.options.model import NONE_OF_OURS
from training.pipeline import Batches, InOrder
from training.predict import predict
from training.predictions import Predictions
from training.prior import supposed
from training.report.write import write
from training.revision import git_revision
from training.splits import PARTS, Part, Splits
from training.target import Target

CONFIG_FILE, ENVIRONMENT_FILE, DECISION_FILE = finished.CONFIG_FILE, run_files.ENVIRONMENT_FILE, finished.DECISION_FILE
QUALITY_FILE = "quality.json"
QUALITY_IMAGES = 5000
"""Training images that the quality gate's limits are fitted to: five of them lie beyond one in a thousand."""


@dataclass(frozen=True)
class Data:
    """Catalog, split and pixels of a run, checked against leaks."""

    catalog: Catalog
    splits: Splits
    splits_file: Path
    pixels: Pixels
    config: Config

    @classmethod
    def open(cls, config: Config, data: Path, cached: Path) -> "Data":
        """Read the catalog below `data`, pass the leakage gate, prepare the pixels below `cached`.

        Raises `InvalidData` when a part of the split holds no image of the catalog, `Leak` when two share a lesion.
        """
        directory = data / config.dataset
        catalog = Catalog.read(directory).of_categories(config.categories)
        file = splits.find(config.splits, directory)
        parts = Splits.read(file)
        splits.check(catalog, parts, duplicates.known(directory))
        strangers = {extra.code for extra in config.extra_categories} - {record.label for record in catalog.records}
        if strangers:
            raise InvalidData(f"No image of {directory} is labeled {', '.join(sorted(strangers))}, an extra category.")
        empty = [part for part in PARTS if not parts.positions(catalog, part)]
        if empty:
            raise InvalidData(f"{file.name} leaves no image of {directory} for {', '.join(empty)}.")
        return cls(catalog, parts, file, cache.build(catalog, config.image, cached / config.dataset), config)

    def part(self, part: Part) -> tuple[list[int], list[Record]]:
        """Rows and records of a part, in catalog order."""
        rows = self.splits.positions(self.catalog, part)
        return rows, [self.catalog.records[row] for row in rows]

    def in_order(self, part: Part) -> InOrder:
        """Model inputs of a whole part, batch by batch, in catalog order."""
        rows, records = self.part(part)
        return InOrder(self.pixels, records, rows, self.config.metadata, target=self.target)

    def learned_from(self) -> tuple[list[int], list[Record]]:
        """Rows and records of the training part, or of the configured share of its lesions, in catalog order."""
        kept = [
            (row, record)
            for row, record in zip(*self.part("train"), strict=True)
            if subset.holds(self.splits.groups[record.image_id], self.config.pipeline.share)
        ]
        return [row for row, _ in kept], [record for _, record in kept]

    def batches(self) -> Batches:
        """Training batches."""
        config, (rows, records) = self.config, self.learned_from()
        return Batches(self.pixels, records, rows, config.metadata, config.pipeline, config.seed, self.target)

    @property
    def target(self) -> Target:
        """What the run's model tells."""
        return Target.of(self.config)


def train(config: Config, run: Path, data: Path, cached: Path, *, final: bool) -> None:
    """Train a config into the directory `run`, beside the runs it learns from. Test is opened only when `final`.

    Raises `FileExistsError` when the run is there already, `Leak` when an ancestor saw what is held out here.
    """
    # All processes look before any of them makes it: they meet when the hardware is prepared.
    if run.exists():
        raise FileExistsError(
            f"{run} is there already, and a run is never overwritten. Choose another --name, or go on with one that "
            f"was interrupted: python -m training resume {run}"
        )
    with hardware.prepared(config.fit) as place:
        opened = Data.open(config, data, cached)
        seen = ancestry(opened, run, data)
        learner = open_learner(config, data, run.parent)
        batches = opened.batches()
        expect_trainable(learner.model, config, len(batches))  # before the folder is made
        if place.leads:
            _begin(run, opened, seen, place)
        fit(learner, batches, opened.in_order("validation"), config, run, place)
    if place.leads:
        keep_in_float32(run, config)
        finish(run, opened, final=final)


def _begin(run: Path, opened: Data, seen: list[Seen], place: Place) -> None:
    """Make the run's folder, whole or not at all: what says what it is must be there when it is interrupted."""
    aside = run.with_name(f".{run.name}.aside")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    (aside / CONFIG_FILE).write_text(opened.config.model_dump_json(indent=2) + "\n", encoding="utf-8")
    lineage.write(seen, aside)
    _write_environment(aside, opened, place)
    aside.rename(run)


def resume(run: Path, data: Path, cached: Path, *, final: bool) -> None:
    """Go on with a run that was interrupted, to the same end. Raises `InvalidData` when it is finished, or none."""
    config = read_config(run)
    if is_finished(run):
        raise InvalidData(
            f"{run} is finished. To go on from its weights, train another: --model.weights run:{run.name}"
        )
    with hardware.prepared(config.fit) as place:
        opened = reopen(run, data, cached)
        ancestry(opened, run, data)
        learner = open_learner(config, data, run.parent)
        fit(learner, opened.batches(), opened.in_order("validation"), config, run, place)
    if place.leads:
        keep_in_float32(run, config)
        finish(run, opened, final=final)


def evaluate_again(run: Path, opened: Data, *, final: bool, examined: bool = True) -> None:
    """Predict, calibrate and report anew with a finished run. Raises `InvalidData` while it is not finished."""
    if not is_finished(run):
        raise InvalidData(f"{run} is not finished. Go on with it: python -m training resume {run}")
    finish(run, opened, final=final, examined=examined)


def read_config(run: Path) -> Config:
    """What a run was trained by. Raises `InvalidData` when there is none."""
    if not (run / CONFIG_FILE).is_file():
        raise InvalidData(f"There is no run at {run}. Expected {run / CONFIG_FILE}.")
    return read_file(run / CONFIG_FILE)


def open_learner(config: Config, data: Path, runs: Path) -> Learner:
    """The configured model, its initial weights drawn from the seed or read, wrapped as it learns."""
    keras.utils.set_random_seed(config.seed)
    model = build(config, data, runs)
    views = views_of(model, config)
    if config.distillation is None:
        return Learner(model, views)
    taught_by = [teacher.model() for teacher in teachers.find(config, runs)]
    return Distiller(model, views, taught_by, config.distillation)


def ancestry(opened: Data, run: Path, data: Path) -> list[Seen]:
    """What this run and its ancestors use, once the gate has let it pass."""
    config = opened.config
    for name in config.ancestors:
        Finished.read(run.parent / name)
    ancestors = lineage.of_parents([run.parent / name for name in config.ancestors])
    saw = config.model.weights_saw
    if config.model.weights_file and saw and saw != NONE_OF_OURS:
        ancestors += lineage.of_list(str(data / saw), config.model.weights_file)
    lineage.check(ancestors, opened.catalog, opened.splits)
    return [*lineage.of_run(run.name, opened.catalog, opened.splits), *ancestors]


def finish(run: Path, opened: Data, *, final: bool, examined: bool = False) -> None:
    """Predict, calibrate and report with the best model. The report grades calibration, or test when `final`.

    `examined`: with what only asking the model can tell (`training.grading`).
    """
    model = keras.saving.load_model(run / BEST_FILE, compile=False)
    parts: tuple[Part, ...] = ("validation", "calibration", "test") if final else ("validation", "calibration")
    for part in parts:
        predict(model, opened.in_order(part)).write(run / predictions.FOLDER / f"{part}.npz")
    _decide(run, opened)
    grade(run, opened, parts[-1], model if examined else None)
    (run / STATE_FILE).unlink(missing_ok=True)  # last: without it, the run is finished


def _decide(run: Path, opened: Data) -> None:
    """Write quality.json and decision.json."""
    validation, calibration = (
        Predictions.read(run / predictions.FOLDER / f"{part}.npz") for part in ("validation", "calibration")
    )
    batches = opened.batches()
    prior = supposed(opened.config.fit.loss, batches.class_shares, batches.class_counts)
    decision = calibrate(validation, calibration, opened.target, prior)
    rows, _ = opened.learned_from()
    quality = fit_quality(opened.pixels[rows[:: math.ceil(len(rows) / QUALITY_IMAGES)]])
    (run / QUALITY_FILE).write_text(quality.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (run / DECISION_FILE).write_text(decision.model_dump_json(indent=2) + "\n", encoding="utf-8")


def keep_in_float32(run: Path, config: Config) -> None:
    """What was trained in mixed precision is read, graded, taught from and exported in float32."""
    if config.fit.precision == "float32":
        return
    plain = config.model_copy(update={"model": config.model.model_copy(update={"weights": None})})
    for name in (BEST_FILE, LAST_FILE):
        model = build(plain, Path(), run.parent)
        model.set_weights(keras.saving.load_model(run / name, compile=False).get_weights())
        model.save(run / f"aside-{name}")
        (run / f"aside-{name}").rename(run / name)


def reopen(run: Path, data: Path, cached: Path) -> Data:
    """The data of a finished run. Raises `InvalidData` when catalog or split are not those it was trained on."""
    opened = Data.open(read_config(run), data, cached)
    trained = json.loads((run / ENVIRONMENT_FILE).read_text())
    for name, value in _fingerprints(opened).items():
        if trained[name] != value:
            raise InvalidData(
                f"{run} was trained on other data: its figures would not be of images it has never seen. "
                f"Expected {name} {trained[name]}. Received {value}."
            )
    return opened


def _fingerprints(opened: Data) -> dict[str, str]:
    return {"splits_sha256": sha256(opened.splits_file), "catalog_sha256": content_hash(opened.catalog)}


def grade(run: Path, opened: Data, part: Part, model: keras.Model | None) -> None:
    """Write report/ from predictions/<part>.npz and decision.json, and from what the model, if given, is asked."""
    given = Predictions.read(run / predictions.FOLDER / f"{part}.npz")
    decision = DecisionSpec.model_validate_json((run / DECISION_FILE).read_bytes())
    target, (rows, records) = opened.target, opened.learned_from()
    answers, asked = Answers.of(given, decision, target), opened.in_order(part)
    sections = tell(answers, asked.records)
    pictures: dict[str, bytes] = {}
    if model is not None:
        train = InOrder(opened.pixels, records, rows, opened.config.metadata, target=target)
        quality = QualitySpec.model_validate_json((run / QUALITY_FILE).read_bytes())
        more, pictures = Examination(model, asked, train, opened.catalog, answers, quality).examine()
        sections |= more
    found = Evaluation(
        created=datetime.now(UTC).date(),
        git_revision=git_revision(),
        part=part,
        training_images=len(rows),
        provenance=Provenance.of(run, opened.config, opened.catalog, opened.splits),
        decision=decision,
        reports={name: evaluate(given, decision, grouping, target) for name, grouping in groupings(target).items()},
        **sections,
    )
    write(run, found, pictures)


def _write_environment(run: Path, opened: Data, place: Place) -> None:
    installed = {found.name.lower().replace("_", "-"): found.version for found in distributions()}
    packages = ("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "pillow", "scikit-learn")
    content = {
        "git_revision": git_revision(),
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "packages": {name: installed[name] for name in packages if name in installed},
        "processes": place.processes,
        "devices": place.devices,
        "seed": opened.config.seed,
        **_fingerprints(opened),
    }
    (run / ENVIRONMENT_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
