"""A finished run to a model bundle, whole or not at all."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx

from export.convert import OPSET, convert
from export.derive import hashes
from export.errors import ConversionFailed
from export.parity import golden_inputs, largest_difference
from export.version import new_version
from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from lesion.manifest import ISIC2019_CLASSES, InvalidBundle, Manifest, Training
from lesion.quality import QualitySpec
from lesion.variant import Variant
from training import run
from training.config import Config
from training.evaluation.evaluation import Evaluation
from training.finished import Finished
from training.models.explanation import with_explanation
from training.prior import supposed
from training.report.files import CARD_FILE, FOLDER, NUMBERS_FILE
from training.report.use import INTENDED_USE
from training.target import Target

MODEL_FILE, GOLDEN_FILE = "model.onnx", "golden.npz"
HEADLINES = ("balanced_accuracy", "macro_auc", "malignancy_auc")
TOLERANCE = 1e-3
"""Bound on any output's absolute difference, in logits. At temperature 1 it moves a probability by 0.0005 at most."""


def export(finished: Path, models: Path, name: str, version: str | None = None, tolerance: float = TOLERANCE) -> Path:
    """Convert a run into `models/<name>/<version>` (default: the next free version) and return that directory.

    The first version becomes `current`; later ones do when an operator edits that file.
    Raises `ConversionFailed` above `tolerance`, `InvalidBundle` without test figures, of other
    categories than those that are served, or when a name does not fit,
    `FileExistsError` when the version is there already.
    """
    config = run.read_config(finished)
    decision = DecisionSpec.model_validate_json((finished / run.DECISION_FILE).read_bytes())
    if config.categories != CODES or config.target != "category":
        raise InvalidBundle(
            f"The service answers with the categories {CODES}. Received a run that tells {Target.of(config).classes}."
        )
    graded = _test_figures(finished)
    home = models / name
    with new_version(home, version) as aside:
        variant = _convert(finished, config, decision, aside, tolerance)
        shutil.copyfile(finished / FOLDER / CARD_FILE, aside / CARD_FILE)
        _manifest(config, finished, graded, name, variant, aside).write(aside)
    return home / aside.name


def _convert(finished: Path, config: Config, decision: DecisionSpec, aside: Path, tolerance: float) -> Variant:
    """Write the graph and what it must reproduce. Both are compared with the model as it was evaluated."""
    model = with_explanation(Finished.read(finished).model())
    proto = convert(model)
    onnx.save(proto, aside / MODEL_FILE)
    parity = largest_difference(model, aside / MODEL_FILE, config.image, config.metadata)
    if not parity <= tolerance:  # also refuses NaN
        raise ConversionFailed(f"ONNX differs from Keras by {parity:.2g}. Expected at most {tolerance:.2g}.")
    golden = golden_inputs(config.image, config.metadata)
    logits = np.asarray(model(golden.feed(), training=False)["logits"])
    np.savez_compressed(aside / GOLDEN_FILE, image=golden.image, metadata=golden.metadata, logits=logits)
    return Variant(
        file=MODEL_FILE,
        precision="float32",
        opset=OPSET,
        ir=proto.ir_version,
        outputs=tuple(output.name for output in proto.graph.output),
        parity=parity,
        tolerance=tolerance,
        decision=decision,
    )


def _test_figures(finished: Path) -> Evaluation:
    graded = Evaluation.read(finished / FOLDER / NUMBERS_FILE)
    if graded.part != "test":
        raise InvalidBundle(
            f"The report is of the {graded.part} part. A bundle states test figures: python -m training evaluate "
            f"{finished}"
        )
    return graded


def _manifest(
    config: Config, finished: Path, graded: Evaluation, name: str, variant: Variant, directory: Path
) -> Manifest:
    environment = json.loads((finished / run.ENVIRONMENT_FILE).read_text())
    return Manifest(
        name=name,
        version=directory.name,
        created=datetime.now(UTC).replace(microsecond=0),
        git_revision=environment["git_revision"],
        classes=ISIC2019_CLASSES,
        image=config.image,
        metadata=config.metadata,
        quality=QualitySpec.model_validate_json((finished / run.QUALITY_FILE).read_bytes()),
        variants=(variant,),
        training=Training(
            recipe=config.name,
            data=config.data_statement,
            license="; ".join(graded.provenance.licenses),
            images=graded.training_images,
            initial_weights=config.model.weights_note,
            supposed=_supposed(config, graded),
        ),
        intended_use=INTENDED_USE,
        metrics={
            f"{grouping}.{figure}": value
            for grouping, report in graded.model_dump(mode="json")["reports"].items()
            for figure, value in report.items()
            if figure in HEADLINES
        },
        files=hashes(directory),
    )


def _supposed(config: Config, graded: Evaluation) -> tuple[float, ...]:
    """As `training.run` has it of its batches, but from the counts of the whole training part in the report."""
    labels = next(count.labels for count in graded.provenance.parts if count.part == "train")
    counts = np.array([labels.get(code, 0) for code in config.categories])
    drawn = np.where(counts > 0, np.maximum(counts, 1.0) ** (1 - config.pipeline.balance), 0.0)
    return tuple(supposed(config.fit.loss, drawn / drawn.sum(), counts).tolist())
