"""Models as points of a plot: what an image costs, and how often it is told right, all of them on the same images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inference.measured import Measured, Spread, Timed
from benchmarks.inference.way import ONE
from export.proof import joined
from lesion.manifest import Manifest
from lesion.variant import Proof
from training.errors import InvalidData
from training.evaluate import EIGHT, Report, evaluate
from training.finished import Finished
from training.predictions import FOLDER, Predictions
from training.splits import Part
from training.target import ISIC2019, Target

SAME = 0.01
"""How far a proof's own float32 figure may be from the run's: one image of the rarest category is worth as much, and
Keras and ONNX Runtime may part over it."""


@dataclass(frozen=True)
class Point:
    """`interval`: 95 % of the accuracy. `paired`: of its difference from the same model in float32 instead, from where
    that one stands.
    """

    model: str
    pixels: int
    precision: str
    cpu_ms: Spread
    accuracy: float
    interval: tuple[float, float]
    paired: bool = False


@dataclass(frozen=True)
class Graded:
    """A finished run, and what it says of some parts."""

    finished: Finished
    predictions: Predictions
    report: Report

    @classmethod
    def read(cls, run: Path, parts: Sequence[Part]) -> "Graded":
        """Grade what a run predicted. Raises `InvalidData` when it has not, or tells other categories."""
        finished = Finished.read(run)
        if Target.of(finished.config).classes != ISIC2019.classes:
            told = Target.of(finished.config).classes
            raise InvalidData(f"One plot is of one question. Expected a run of {ISIC2019.classes}. Received {told}.")
        predictions = joined([_read(run, part) for part in parts])
        return cls(finished, predictions, evaluate(predictions, finished.decision, EIGHT))


def points(measured: Measured, runs: Sequence[Path], parts: Sequence[Part]) -> tuple[list[Point], Report]:
    """Every run and every variant of a bundle that was timed, and the report of one of them, which tells the images.

    A bundle's float32 is graded as the run that it was exported from, one of those timed or of `runs`; its other
    variants by their proofs. Raises `InvalidData` unless all of them speak of the same images.
    """
    timed = [each for each in measured.under(ONE) if each.way.engine == "onnxruntime"]
    own = [Path(each.way.source) for each in timed if each.way.origin == "run"]
    graded = {run: Graded.read(run, parts) for run in dict.fromkeys([*own, *runs])}
    if not graded:
        raise InvalidData("There is nothing to plot. Expected runs that were timed, or --run. Received none.")
    _expect_same_images(list(graded.values()))
    exported = [
        (each, _exported_from(Path(each.way.source), list(graded.values())))
        for each in timed
        if each.way.origin == "bundle"
    ]
    found = [_of_bundle(each, origin, parts) for each, origin in exported]
    shown = {origin.finished.path for _, origin in exported}
    found += [_of_run(each, graded[path]) for each, path in _alone(timed) if path not in shown]
    return found, next(iter(graded.values())).report


def front(found: Sequence[Point]) -> list[Point]:
    """Those that no other point beats: as fast and more accurate, or faster and as accurate. Fastest first."""
    best: list[Point] = []
    for point in sorted(found, key=lambda each: (each.cpu_ms.median, -each.accuracy)):
        if not best or point.accuracy > best[-1].accuracy:
            best.append(point)
    return best


def _alone(timed: Sequence[Timed]) -> Iterator[tuple[Timed, Path]]:
    """Every run once."""
    once = {Path(each.way.source): each for each in timed if each.way.origin == "run"}
    return ((each, path) for path, each in once.items())


def _of_run(timed: Timed, graded: Graded) -> Point:
    report = graded.report
    return Point(
        model=graded.finished.name,
        pixels=timed.way.pixels,
        precision=timed.way.precision,
        cpu_ms=Spread.of(timed.cpu_ms),
        accuracy=report.balanced_accuracy,
        interval=report.balanced_accuracy_interval,
    )


def _of_bundle(timed: Timed, graded: Graded, parts: Sequence[Part]) -> Point:
    """A variant, called by the run that it was exported from."""
    manifest = Manifest.read(Path(timed.way.source))
    variant = next(each for each in manifest.variants if each.file == timed.way.file)
    if variant == manifest.variants[0]:
        return _of_run(timed, graded)
    proof = _proof(variant.proofs, graded.report, parts, f"{timed.way.source}/{variant.file}")
    base = proof.balanced_accuracy - proof.difference
    return Point(
        model=graded.finished.name,
        pixels=timed.way.pixels,
        precision=timed.way.precision,
        cpu_ms=Spread.of(timed.cpu_ms),
        accuracy=proof.balanced_accuracy,
        interval=(base + proof.interval[0], base + proof.interval[1]),
        paired=True,
    )


def _proof(proofs: Sequence[Proof], report: Report, parts: Sequence[Part], what: str) -> Proof:
    """The proof of these parts. Raises `InvalidData` without one, or when it is of other images than the run's."""
    proof = next((each for each in proofs if set(each.parts) == set(parts)), None)
    if proof is None:
        raise InvalidData(
            f"{what} is not proven on {' and '.join(parts)}. Received proofs of {[each.parts for each in proofs]}."
        )
    base = proof.balanced_accuracy - proof.difference
    received = (proof.images, proof.lesions, base)
    expected = (report.images, report.lesions, report.balanced_accuracy)
    if received[:2] != expected[:2] or abs(base - report.balanced_accuracy) > SAME:
        raise InvalidData(
            f"The proof of {what} is of other images than its run. Expected (images, lesions, balanced accuracy in "
            f"float32) {expected}. Received {received}."
        )
    return proof


def _exported_from(bundle: Path, graded: Sequence[Graded]) -> Graded:
    """The run with the bundle's decision, which export copies. Raises `InvalidData` when none of them has it."""
    manifest = Manifest.read(bundle)
    for each in graded:
        config = each.finished.config
        if (each.finished.decision, config.image) == (manifest.variants[0].decision, manifest.image):
            return each
    raise InvalidData(
        f"{bundle} was exported from none of {[str(each.finished.path) for each in graded]}. Give its run: --run"
    )


def _expect_same_images(graded: Sequence[Graded]) -> None:
    first = graded[0]
    for other in graded[1:]:
        mine, theirs = (sorted(each.predictions.image_id.tolist()) for each in (first, other))
        if mine != theirs:
            raise InvalidData(
                f"One plot is of the same images. Expected those of {first.finished.path} ({len(mine)}). Received "
                f"others from {other.finished.path} ({len(theirs)}, {len(set(mine) & set(theirs))} of them the same)."
            )


def _read(run: Path, part: Part) -> Predictions:
    file = run / FOLDER / f"{part}.npz"
    if not file.is_file():
        raise InvalidData(
            f"{run} has not predicted {part}: there is no {file}. "
            f"Let it: python -m training evaluate {run} --part {part}"
        )
    return Predictions.read(file)
