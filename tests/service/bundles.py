"""A real bundle of a few kilobytes, whose answer depends on the image's mean color, single pixels and the metadata."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from lesion.decision import DecisionSpec
from lesion.diagnosis import CATEGORIES
from lesion.patient import MetadataSpec
from lesion.quality import QualitySpec
from lesion.variant import Precision, Variant, golden_logits
from tests import manifests

SIZE = 16
_WIDE = 512


def write_bundle(
    models: Path,
    *,
    version: str = "1",
    seed: int = 0,
    logits: int = len(CATEGORIES),
    dead: bool = False,
    decision: DecisionSpec | None = None,
    quality: QualitySpec | None = None,
    variants: tuple[Variant, ...] = (),
    work: int = 0,
) -> Path:
    """Write `<models>/dermoscopy/<version>/` and point `current` at it. Returns the version's directory.

    `logits` is the width of the graph's output, which the manifest says is 8; a `dead` model answers NaN. `variants`
    are those beside float32: the same model with weights a little off. `work` makes float32, alone, compute longer.
    """
    directory = models / "dermoscopy" / version
    directory.mkdir(parents=True)
    onnx.save(_graph(seed, logits, scale=np.nan if dead else 1.0, work=work), directory / "model.onnx")
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)
    metadata = generator.random((3, MetadataSpec().width)).astype(np.float32)
    golden = {"logits": _answers(directory / "model.onnx", image, metadata)}
    for place, variant in enumerate(variants, 1):
        onnx.save(_graph(seed, logits, scale=1 + 0.01 * place), directory / variant.file)
        golden[golden_logits(variant)] = _answers(directory / variant.file, image, metadata)
    arrays: dict[str, Any] = {"image": image, "metadata": metadata, **golden}
    np.savez(directory / "golden.npz", **arrays)
    (directory / "card.md").write_text("A model for tests.\n", encoding="utf-8")
    seal(directory, version, decision=decision, quality=quality, variants=variants)
    (models / "dermoscopy" / "current").write_text(f"{version}\n", encoding="ascii")
    return directory


def seal(
    directory: Path,
    version: str = "1",
    *,
    decision: DecisionSpec | None = None,
    quality: QualitySpec | None = None,
    variants: tuple[Variant, ...] = (),
) -> None:
    """Write the manifest over the files as they are."""
    manifests.seal(
        directory,
        name="dermoscopy",
        version=version,
        size=SIZE,
        decision=decision,
        quality=quality,
        variants=variants,
    )


def variant_of(precision: Precision, **changes: Any) -> Variant:
    """A variant beside float32, proven and for every device unless `changes` say otherwise."""
    fields = {
        "file": f"model.{precision}.onnx",
        "precision": precision,
        "opset": 18,
        "outputs": ("logits",),
        "parity": 0.1,
        "tolerance": 1e-4,
        "decision": DecisionSpec(temperature=1.25),
        "proofs": (manifests.PROOF,),
    }
    return Variant.model_validate(fields | changes)


def _answers(path: Path, image: npt.NDArray[np.uint8], metadata: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    answers: npt.NDArray[np.float32] = ort.InferenceSession(path).run(
        ["logits"], {"image": image, "metadata": metadata}
    )[0]
    return answers


def _graph(seed: int, logits: int, scale: float, work: int = 0) -> onnx.ModelProto:
    """Logits = mean color · A + twelve pixels · B + metadata · C. `work` products of matrices are added as zero."""
    generator = np.random.default_rng(seed)
    width = MetadataSpec().width

    def weights(name: str, rows: int) -> onnx.TensorProto:
        values: npt.NDArray[np.float64] = generator.normal(size=(rows, logits)) * scale
        return numpy_helper.from_array(values.astype(np.float32), name)

    places = generator.choice(SIZE * SIZE * 3, 12, replace=False).astype(np.int64)
    constants = [
        weights("mean_weights", 3),
        weights("pixel_weights", 12),
        weights("metadata_weights", width),
        numpy_helper.from_array(places, "places"),
        numpy_helper.from_array(np.asarray([1, 2], np.int64), "sides"),
        numpy_helper.from_array(np.asarray([0, -1], np.int64), "flat"),
        numpy_helper.from_array(np.asarray(64, np.float32), "unit"),
    ]
    nodes = [
        helper.make_node("Cast", ["image"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["levels", "unit"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled", "sides"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "mean_weights"], ["from_mean"]),
        helper.make_node("Reshape", ["scaled", "flat"], ["row"]),
        helper.make_node("Gather", ["row", "places"], ["pixels"], axis=1),
        helper.make_node("MatMul", ["pixels", "pixel_weights"], ["from_pixels"]),
        helper.make_node("MatMul", ["metadata", "metadata_weights"], ["from_metadata"]),
        *_work(work),
        helper.make_node("Sum", ["from_mean", "from_pixels", "from_metadata", *(["idle"] if work else [])], ["logits"]),
    ]
    if work:
        shapes = {"widen": (width, _WIDE), "square": (_WIDE, _WIDE), "narrow": (_WIDE, logits)}
        constants += [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in shapes.items()]
    graph = helper.make_graph(
        nodes,
        "lesion",
        [
            helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", SIZE, SIZE, 3]),
            helper.make_tensor_value_info("metadata", TensorProto.FLOAT, ["batch", width]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", logits])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _work(count: int) -> list[onnx.NodeProto]:
    """metadata → widen → square, `count` times → narrow → idle."""
    if not count:
        return []
    steps = ["widen", *["square"] * count, "narrow"]
    names = ["metadata", *(f"busy_{k}" for k in range(len(steps) - 1)), "idle"]
    return [helper.make_node("MatMul", [names[k], step], [names[k + 1]]) for k, step in enumerate(steps)]
