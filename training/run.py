"""One training run, top to bottom: open, data, model, fit, predict, calibrate, report.

runs/<name>/  config.json  environment.json  seen.csv  history.csv  best.keras  last.keras  decision.json
              predictions/{validation,calibration,test}.npz  report/
"""

import json
import platform
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import keras

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from lesion.image import Pixels
from lesion.manifest import sha256
from training import cache, duplicates, lineage, predictions, report, splits
from training.calibrate import fit_temperature
from training.catalog import Catalog, Record, content_hash
from training.config import NONE_OF_OURS, Config
from training.errors import InvalidData
from training.evaluate import GROUPINGS, evaluate
from training.fit import fit
from training.lineage import Seen
from training.models.build import build
from training.pipeline import Batches, InOrder
from training.predict import predict
from training.predictions import Predictions
from training.revision import git_revision
from training.splits import PARTS, Part, Splits

CONFIG_FILE, ENVIRONMENT_FILE, DECISION_FILE = "config.json", "environment.json", "decision.json"


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
        catalog = Catalog.read(directory).of_categories()
        file = splits.find(config.splits, directory)
        parts = Splits.read(file)
        splits.check(catalog, parts, duplicates.known(directory))
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
        return InOrder(self.pixels, records, rows, self.config.metadata)


def train(config: Config, run: Path, data: Path, cached: Path, *, final: bool) -> None:
    """Train a config into the directory `run`, beside the runs it learns from. Test is opened only when `final`.

    Raises `FileExistsError` when the run is there already, `Leak` when an ancestor saw what is held out here.
    """
    if run.exists():
        raise FileExistsError(f"{run} is there already, and a run is never overwritten. Choose another --name.")
    opened = Data.open(config, data, cached)
    seen = _lineage(opened, run, data)
    keras.utils.set_random_seed(config.seed)
    model = build(config, len(CODES), data, run.parent)

    run.mkdir(parents=True)
    (run / CONFIG_FILE).write_text(config.model_dump_json(indent=2) + "\n", encoding="utf-8")
    lineage.write(seen, run)
    _write_environment(run, opened)
    rows, records = opened.part("train")
    batches = Batches(opened.pixels, records, rows, config.metadata, config.pipeline, config.seed)
    model = fit(model, batches, opened.in_order("validation"), config, run)
    finish(model, opened, run, final=final)


def _lineage(opened: Data, run: Path, data: Path) -> list[Seen]:
    """What this run and its ancestors use, once the gate has let it pass."""
    config = opened.config
    names = [name for name in (config.model.weights_run, *config.parents) if name is not None]
    ancestors = lineage.of_parents([run.parent / name for name in names])
    saw = config.model.weights_saw
    if config.model.weights_file and saw and saw != NONE_OF_OURS:
        ancestors += lineage.of_list(str(data / saw), config.model.weights_file)
    lineage.check(ancestors, opened.catalog, opened.splits)
    return [*lineage.of_run(run.name, opened.catalog, opened.splits), *ancestors]


def finish(model: keras.Model, opened: Data, run: Path, *, final: bool) -> None:
    """Predict, calibrate and report with a trained model. The report grades calibration, or test when `final`."""
    parts: tuple[Part, ...] = ("validation", "calibration", "test") if final else ("validation", "calibration")
    for part in parts:
        predict(model, opened.in_order(part)).write(run / predictions.FOLDER / f"{part}.npz")
    decision = fit_temperature(Predictions.read(run / predictions.FOLDER / "validation.npz"))
    (run / DECISION_FILE).write_text(decision.model_dump_json(indent=2) + "\n", encoding="utf-8")
    grade(run, opened.config, parts[-1], len(opened.part("train")[0]))


def reopen(run: Path, data: Path, cached: Path) -> Data:
    """The data of a finished run. Raises `InvalidData` when catalog or split are not those it was trained on."""
    config = Config.model_validate_json((run / CONFIG_FILE).read_bytes())
    opened = Data.open(config, data, cached)
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


def grade(run: Path, config: Config, part: Part, training_images: int) -> None:
    """Write report/ from predictions/<part>.npz and decision.json."""
    given = Predictions.read(run / predictions.FOLDER / f"{part}.npz")
    decision = DecisionSpec.model_validate_json((run / DECISION_FILE).read_bytes())
    reports = {name: evaluate(given, decision, grouping) for name, grouping in GROUPINGS.items()}
    report.write(run / report.FOLDER, config, part, reports, training_images)


def _write_environment(run: Path, opened: Data) -> None:
    installed = {found.name.lower().replace("_", "-"): found.version for found in distributions()}
    packages = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "pillow", "scikit-learn")
    content = {
        "git_revision": git_revision(),
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "packages": {name: installed[name] for name in packages if name in installed},
        "seed": opened.config.seed,
        **_fingerprints(opened),
    }
    (run / ENVIRONMENT_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
