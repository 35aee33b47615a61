"""A bundle's own ONNX files with a new decision, fitted to labeled pictures of whoever will ask it.

    probabilities (temperature, log-prior)      from validation
    every threshold                             from calibration, one image a lesion

The log-prior starts at how frequent each category is in validation beside what the logits suppose
(`training.calibration.probabilities`): pictures as they come, not a collection of rare ones. A lesion in both parts
would let the thresholds promise more than they keep, and is refused.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from export.card import add_section
from export.derive import derive
from export.labeled import Labeled
from export.recalibration_note import TITLE, note
from lesion.decision import DecisionSpec
from lesion.golden import GOLDEN_FILE
from lesion.manifest import InvalidBundle, Manifest, digest
from lesion.variant import Precision, Variant, golden_logits
from training.calibrate import calibrate
from training.calibration.probabilities import LOG_TEMPERATURE_BOUNDS
from training.errors import InvalidData
from training.report.files import CARD_FILE
from training.target import Target

UNINFORMED = 0.99 * float(np.exp(LOG_TEMPERATURE_BOUNDS[1]))
"""A temperature from here on says that the logits tell nothing of the labels."""


def recalibrate(
    bundle: Path, predicted: Mapping[Precision, Labeled], version: str | None = None, statement: str = ""
) -> Path:
    """Write the next version (or `version`) of a bundle with decisions fitted to `predicted`; returns its directory.

    Variants that are not in `predicted` are left out of it: no old decision stands beside a new one. `statement` tells
    the card what the pictures are.

    Raises `InvalidData` when predictions are not of the bundle's categories and these variants, not finite, of other
    pictures than another variant's, tell nothing of the labels, or share a lesion between the parts; `InvalidBundle`,
    `FileExistsError` as `export.derive`.
    """

    def change(manifest: Manifest, directory: Path) -> Manifest:
        kept = _kept(manifest, predicted)
        variants = tuple(
            each.model_copy(update={"decision": _decision(manifest, each, predicted[each.precision])}) for each in kept
        )
        for each in manifest.variants:
            if each.precision not in predicted:
                (directory / each.file).unlink()
        _keep_golden(directory / GOLDEN_FILE, manifest.variants, kept)
        pictures = predicted[kept[0].precision].parts()
        made_of = f"version {manifest.version} (`{digest(bundle)}`)"
        add_section(directory / CARD_FILE, TITLE, note(made_of, _codes(manifest), pictures, statement))
        return manifest.model_copy(update={"variants": variants})

    return derive(bundle, version, change)


def _kept(manifest: Manifest, predicted: Mapping[Precision, Labeled]) -> tuple[Variant, ...]:
    """The variants that predictions were given of, the first among them."""
    present = [each.precision for each in manifest.variants]
    strangers = sorted(predicted.keys() - set(present))
    first = manifest.variants[0].precision
    if strangers or first not in predicted:
        raise InvalidData(
            f"A bundle is recalibrated in {first}, which is what was evaluated, and in any other of its precisions. "
            f"Expected predictions of {present}. Received those of {list(predicted)}."
        )
    for precision, labeled in predicted.items():
        labeled.expect_of(_codes(manifest), precision)
        labeled.expect_same_pictures(predicted[first], precision)
    predicted[first].expect_disjoint()
    return tuple(each for each in manifest.variants if each.precision in predicted)


def _decision(manifest: Manifest, variant: Variant, labeled: Labeled) -> DecisionSpec:
    target = Target(_codes(manifest), manifest.malignant)
    # Not recorded before schema 3: then all alike, as the logit-adjusted loss of our recipes has it.
    supposed = np.array(manifest.training.supposed) if manifest.training.supposed else None
    if supposed is not None and len(supposed) != len(target.classes):
        raise InvalidBundle(f"Expected supposed shares of {len(target.classes)} classes. Received {len(supposed)}.")
    try:
        decision = calibrate(labeled.validation, labeled.calibration, target, supposed)
    except ArithmeticError as error:
        raise InvalidData(f"No decision can be fitted to the {variant.precision} predictions. {error}") from error
    if decision.temperature >= UNINFORMED:
        raise InvalidData(
            f"The {variant.precision} logits tell nothing of the labels (temperature {decision.temperature:.3g}). "
            "Expected predictions that this bundle made of these pictures, under their own labels."
        )
    return decision


def _keep_golden(path: Path, before: tuple[Variant, ...], kept: tuple[Variant, ...]) -> None:
    """Take the logits of variants that are left out from golden.npz."""
    # Those in float32 are Keras's, which every variant is compared with.
    gone = {golden_logits(each) for each in before} - {golden_logits(each) for each in kept} - {"logits"}
    if not gone:
        return
    with np.load(path) as golden:
        arrays = {name: golden[name] for name in golden.files if name not in gone}
    np.savez_compressed(path, **arrays)


def _codes(manifest: Manifest) -> tuple[str, ...]:
    return tuple(item.code for item in manifest.classes)
