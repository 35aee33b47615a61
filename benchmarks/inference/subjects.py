"""What is timed: the reference, every variant of the bundles given, and runs, in ONNX and as Keras has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from benchmarks.inference import efficientnet
from benchmarks.inference.command import FUNCTION, PREDICT
from benchmarks.inference.way import ONE, Load, Subject, Way
from export.convert import convert
from lesion.manifest import Manifest
from training.checkpoints import BEST_FILE
from training.finished import Finished
from training.models.explanation import with_explanation

LANES_THREADS = ((1, 1), (2, 1), (1, 2))
REFERENCE = Way(
    model=efficientnet.NAME, pixels=efficientnet.SIZE, precision="float32", engine="onnxruntime", origin="reference"
)
PEER_BATCHES = (1, 8)


@dataclass(frozen=True)
class Plan:
    """What was asked for. `points` are runs that are timed for the plot only: one image, one thread."""

    bundles: Sequence[Path]
    runs: Sequence[Path]
    points: Sequence[Path]
    batches: Sequence[int]
    openvino: bool


def reference(plan: Plan, scratch: Path) -> tuple[list[Subject], float]:
    """EfficientNet-B0 and its peers, and its GFLOPs. Files are written to `scratch`."""
    model = efficientnet.build()
    converted, kept = scratch / "reference.onnx", scratch / "reference.keras"
    efficientnet.write(model, converted)
    model.save(kept)
    return [*_with_peers(REFERENCE, converted, plan), *_as_keras(REFERENCE, kept)], efficientnet.gflops(model)


def given(plan: Plan, scratch: Path) -> list[Subject]:
    """Bundles and runs, and their peers. Converted files are written to `scratch`.

    Raises what reading a bundle or a run raises.
    """
    found = [subject for bundle in plan.bundles for subject in _variants(bundle, plan)]
    for place, run in enumerate(plan.runs):
        converted = scratch / f"run-{place}.onnx"
        way = _convert(run, converted)
        found += [*_with_peers(way, converted, plan), *_as_keras(way, run / BEST_FILE)]
    for place, run in enumerate(plan.points):
        converted = scratch / f"point-{place}.onnx"
        found.append(Subject(way=_convert(run, converted), path=str(converted), loads=(ONE,)))
    return found


def _variants(bundle: Path, plan: Plan) -> Iterator[Subject]:
    manifest = Manifest.read(bundle)
    for variant in manifest.variants:
        way = Way(
            model=f"{manifest.name} {manifest.version}",
            pixels=manifest.image.size,
            precision=variant.precision,
            engine="onnxruntime",
            origin="bundle",
            source=str(bundle),
            file=variant.file,
        )
        yield from _with_peers(way, bundle / variant.file, plan)


def _convert(run: Path, converted: Path) -> Way:
    """Write a finished run as the export would, and say what it is."""
    finished = Finished.read(run)
    onnx.save(convert(with_explanation(finished.model())), converted)
    return Way(
        model=finished.name,
        pixels=finished.config.image.size,
        precision="float32",
        engine="onnxruntime",
        origin="run",
        source=str(run),
    )


def _with_peers(way: Way, file: Path, plan: Plan) -> Iterator[Subject]:
    """ONNX Runtime under every load; OpenVINO on one thread, which also offers bfloat16 for a file in float32."""
    path = str(file.absolute())
    loads = [Load(batch=batch, lanes=lanes, threads=n) for lanes, n in LANES_THREADS for batch in plan.batches]
    yield Subject(way=way, path=path, loads=tuple(loads))
    if plan.openvino:
        alone = tuple(load for load in loads if load.alone and load.batch in PEER_BATCHES)
        for precision in (way.precision, *(["bfloat16"] if way.precision == "float32" else [])):
            peer = way.model_copy(update={"engine": "openvino", "precision": precision})
            yield Subject(way=peer, path=path, loads=alone)


def _as_keras(way: Way, file: Path) -> Iterator[Subject]:
    for call in (PREDICT, FUNCTION):
        peer = way.model_copy(update={"engine": "keras", "precision": call})
        yield Subject(way=peer, path=str(file.absolute()), loads=(ONE,))
