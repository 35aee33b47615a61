"""Ways to change a bundle as a careless or a hostile exporter would: the hashes are made to fit again."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from export.verify import Doubts, verify
from lesion.bundle_files import sha256
from lesion.manifest import MANIFEST_FILE, SIGNATURE_FILE, Manifest
from lesion.variant import Variant
from tests.manifests import PROOF

FLOAT = TensorProto.FLOAT


def failures(directory: Path, **doubts: Any) -> list[tuple[str, str, str]]:
    """Subject, name and reason of every check that failed."""
    findings = verify(directory, Doubts(**doubts))
    return [(each.subject, each.check, each.detail) for each in findings if each.outcome == "failed"]


def edit_manifest(directory: Path, change: Callable[[Any], object]) -> None:
    """Change what manifest.json holds, as Python's own objects."""
    path = directory / MANIFEST_FILE
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content, indent=2))


def rehash(directory: Path) -> None:
    """List the files as they are."""
    files = {path.name: path for path in directory.iterdir() if path.name not in (MANIFEST_FILE, SIGNATURE_FILE)}
    hashes = {name: sha256(path) for name, path in files.items() if path.is_file()}
    edit_manifest(directory, lambda manifest: manifest.update(files=hashes))


def overwrite(directory: Path, name: str, content: bytes) -> None:
    (directory / name).write_bytes(content)
    rehash(directory)


def edit_graph(directory: Path, change: Callable[[onnx.ModelProto], object], file: str = "model.onnx") -> None:
    """Change the graph."""
    model = onnx.load(directory / file, load_external_data=False)
    change(model)
    overwrite(directory, file, model.SerializeToString())


def edit_golden(directory: Path, **changes: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> None:
    """Change the arrays of golden.npz."""
    arrays = golden(directory)
    changed = {name: changes.get(name, np.asarray)(array) for name, array in arrays.items()}
    write_golden(directory, changed)
    rehash(directory)


def write_golden(directory: Path, arrays: Mapping[str, Any]) -> None:
    np.savez(directory / "golden.npz", **arrays)


def golden(directory: Path) -> Mapping[str, npt.NDArray[Any]]:
    with np.load(directory / "golden.npz") as arrays:
        return dict(arrays)


def add_int8(directory: Path) -> None:
    """Add a variant in 8 bits: the picture's numbers pass through QuantizeLinear and DequantizeLinear."""
    model = onnx.load(directory / "model.onnx")
    graph = model.graph
    place = next(place for place, node in enumerate(graph.node) if node.output[0] == "scaled")
    graph.node[place].output[0] = "wide"
    graph.node.insert(place + 1, helper.make_node("QuantizeLinear", ["wide", "step", "zero"], ["narrow"]))
    graph.node.insert(place + 2, helper.make_node("DequantizeLinear", ["narrow", "step", "zero"], ["scaled"]))
    graph.initializer.append(numpy_helper.from_array(np.asarray(0.05, np.float32), "step"))
    graph.initializer.append(numpy_helper.from_array(np.asarray(0, np.uint8), "zero"))
    onnx.save(model, directory / "model.int8.onnx")
    arrays = dict(golden(directory))
    session = ort.InferenceSession(directory / "model.int8.onnx")
    arrays["logits_int8"] = session.run(["logits"], {name: arrays[name] for name in ("image", "metadata")})[0]
    write_golden(directory, arrays)
    first = Manifest.read(directory).variants[0]
    distance = float(np.abs(arrays["logits_int8"] - arrays["logits"]).max())
    told = {"file": "model.int8.onnx", "precision": "int8", "devices": ("cpu",), "proofs": (PROOF,)}
    variant = first.model_copy(update={**told, "parity": distance, "tolerance": 0.05})
    add_variant(directory, variant)


def add_variant(directory: Path, variant: Variant) -> None:
    edit_manifest(directory, lambda manifest: manifest["variants"].append(variant.model_dump(mode="json")))
    rehash(directory)


def add_output(directory: Path, name: str, nodes: list[onnx.NodeProto], shape: list[int | str]) -> None:
    """Add nodes at the end and an output that they make, in graph and manifest."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.node.extend(nodes)
        model.graph.output.append(helper.make_tensor_value_info(name, FLOAT, shape))

    edit_graph(directory, change)
    edit_manifest(directory, lambda manifest: manifest["variants"][0]["outputs"].append(name))


def add_dead_end(model: onnx.ModelProto, *nodes: onnx.NodeProto, **weights: npt.NDArray[Any]) -> None:
    """Add nodes whose result no output asks for."""
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(numpy_helper.from_array(values, name) for name, values in weights.items())
