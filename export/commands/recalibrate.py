"""recalibrate: the same ONNX files with a decision fitted to labeled pictures of one's own, as a new version."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from lesion.variant import Precision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from export.labeled import Labeled
    from lesion.manifest import Manifest

Given = tuple[Precision, Path]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "recalibrate",
        help="the same ONNX files with a decision fitted to other labeled pictures",
        description="Writes a new version of BUNDLE beside it: the same ONNX files, and a decision fitted to labeled "
        "pictures. Name either a catalog that was divided, whose pictures all variants are asked about, or predictions "
        "that this bundle made; variants without predictions are left out of the new version.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="such as models/dermoscopy/2")
    parser.add_argument("--version", help="whole number (default: the next free one)")
    parser.add_argument("--statement", default="", metavar="TEXT", help="what the pictures are, for the model card")
    parser.add_argument("--catalog", type=Path, metavar="DIR", help="folder with catalog.csv and a split")
    parser.add_argument(
        "--splits", default="dataset", help="dataset (splits.csv of the catalog, the default), isic2019, or a file"
    )
    parser.add_argument("--cache", type=Path, default=Path("cache"), help="prepared pixels (default: cache)")
    for part, purpose in (("validation", "temperature and class frequencies"), ("calibration", "every threshold")):
        parser.add_argument(
            f"--{part}",
            type=_given,
            action="append",
            default=[],
            metavar="[PRECISION=]FILE",
            help=f"predictions (.npz) for {purpose}; float32 unless it says another; may be repeated",
        )
    parser.set_defaults(run=_recalibrate)


def _recalibrate(options: argparse.Namespace) -> None:
    from export.recalibrate import recalibrate
    from lesion.manifest import Manifest, digest

    predicted = _predicted(options)
    before = Manifest.read(options.bundle)
    written = recalibrate(options.bundle, predicted, options.version, options.statement)
    after = Manifest.read(written)
    for line in [*_lines(before, after, predicted), *_alike(after, predicted)]:
        print(line)
    print(f"{written}: {digest(written)}")


def _predicted(options: argparse.Namespace) -> "Mapping[Precision, Labeled]":
    from export import own_pictures
    from export.labeled import Labeled
    from training.errors import InvalidData

    validation, calibration = dict(options.validation), dict(options.calibration)
    repeated = len(validation) < len(options.validation) or len(calibration) < len(options.calibration)
    if validation.keys() != calibration.keys() or repeated:
        raise InvalidData(
            "Each variant needs one file of validation and one of calibration. Received "
            f"{[name for name, _ in options.validation]} and {[name for name, _ in options.calibration]}."
        )
    if bool(validation) == (options.catalog is not None):
        raise InvalidData("Expected either --catalog, or --validation and --calibration.")
    if options.catalog is not None:
        return own_pictures.ask(options.bundle, options.catalog, options.splits, options.cache)
    return {name: Labeled.read(validation[name], calibration[name]) for name in validation}


def _lines(before: "Manifest", after: "Manifest", predicted: "Mapping[Precision, Labeled]") -> list[str]:
    """What has become of each variant."""
    from training.calibration.operating_points import lesions_needed

    told = []
    if not before.training.supposed:
        told.append("The bundle does not say how frequent its logits suppose each class: taken as all alike.")
    for old in before.variants:
        if old.precision not in predicted:
            told.append(f"{old.precision}: left out, for there were no predictions of it")
            continue
        new = after.variant(old.precision).decision
        told.append(
            f"{old.precision}: temperature {old.decision.temperature:.4g} before, {new.temperature:.4g} now; "
            f"operating points {_offered(old.decision.sensitivities)} before, {_offered(new.sensitivities)} now"
        )
        told += [
            f"  no threshold for a sensitivity of {point.sensitivity:.0%}: it takes "
            f"{lesions_needed(point.sensitivity)} malignant lesions of calibration, and there were {point.lesions}"
            for point in new.operating_points
            if point.threshold is None
        ]
    return told


def _alike(after: "Manifest", predicted: "Mapping[Precision, Labeled]") -> list[str]:
    """How far other variants answer as the first does, each read by its new decision."""
    from lesion.decision import decide

    first, *others = [
        (each.precision, decide(predicted[each.precision].calibration.logits, after.malignant, each.decision))
        for each in after.variants
    ]
    expected = first[1].probabilities.argmax(axis=1)
    return [
        f"{precision} beside {first[0]}, {len(expected)} images of calibration: same first answer "
        f"{(made.probabilities.argmax(axis=1) == expected).mean():.2%}"
        for precision, made in others
    ]


def _offered(sensitivities: tuple[float, ...]) -> str:
    return ", ".join(f"{each:.0%}" for each in sensitivities) or "none"


def _given(text: str) -> Given:
    """`FILE`, or `PRECISION=FILE`. A name with another word before an equals sign is a file."""
    word, equals, file = text.partition("=")
    for precision in get_args(Precision):
        if equals and word == precision:
            return precision, Path(file)
    return "float32", Path(text)
