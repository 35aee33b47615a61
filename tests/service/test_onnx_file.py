"""Hostile ONNX files: each is refused with its reason, and none reaches ONNX Runtime that refers to another file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

from lesion.manifest import InvalidBundle, Manifest
from service.bundle_files import BundleFiles
from service.onnx_file import refuse_references
from service.providers import Placement
from service.runtime import Runtime
from service.store import prove
from tests.service.bundles import seal, write_bundle

OUTSIDE = ("../../outside.bin", "/etc/hostname", "outside.bin", "model.onnx")


def external(tensor: TensorProto, location: str) -> TensorProto:
    """The tensor with its values in another file."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def initializer(model: ModelProto) -> None:
    external(model.graph.initializer[0], OUTSIDE[0])


def constant(model: ModelProto) -> None:
    weights = external(model.graph.initializer[0], OUTSIDE[0])
    model.graph.node.insert(0, helper.make_node("Constant", [], [weights.name], value=weights))
    del model.graph.initializer[0]


def branch(model: ModelProto) -> None:
    """Two graphs deep."""
    inner = helper.make_graph([], "inner", [], [], [external(numpy_helper.from_array(np.ones(2), "w"), OUTSIDE[0])])
    outer = helper.make_graph([helper.make_node("If", ["c"], ["y"], then_branch=inner)], "outer", [], [])
    model.graph.node.append(helper.make_node("If", ["c"], ["z"], then_branch=outer, else_branch=outer))


def function(model: ModelProto) -> None:
    weights = external(numpy_helper.from_array(np.ones(2), "w"), OUTSIDE[0])
    body = [helper.make_node("Constant", [], ["y"], value=weights)]
    model.functions.append(helper.make_function("own", "F", [], ["y"], body, [helper.make_opsetid("", 18)]))


def sparse(model: ModelProto) -> None:
    values = external(numpy_helper.from_array(np.ones(1, np.float32), "w"), OUTSIDE[0])
    indices = numpy_helper.from_array(np.zeros(1, np.int64), "w_indices")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))


def listed(model: ModelProto) -> None:
    attribute = AttributeProto(name="values", type=AttributeProto.TENSORS)
    attribute.tensors.append(external(numpy_helper.from_array(np.ones(2), "w"), OUTSIDE[0]))
    model.graph.node[0].attribute.append(attribute)


HIDING = (initializer, constant, branch, function, sparse, listed)


@pytest.mark.parametrize("hide", HIDING)
def test_weights_in_another_file_are_found_anywhere(tmp_path: Path, hide: Callable[[ModelProto], None]) -> None:
    path = write_bundle(tmp_path) / "model.onnx"
    refuse_references(path, path.read_bytes())
    model = onnx.load(path)
    hide(model)
    with pytest.raises(InvalidBundle, match="external data"):
        refuse_references(path, model.SerializeToString())


@pytest.mark.parametrize("location", OUTSIDE)
def test_a_bundle_with_weights_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    """Also where the file is there: in the working directory, outside, or listed by the manifest itself."""
    directory = write_bundle(tmp_path / "models")
    for folder in (tmp_path, tmp_path / "models", directory.parent):
        (folder / "outside.bin").write_bytes(bytes(4096))
    monkeypatch.chdir(tmp_path)
    model = onnx.load(directory / "model.onnx")
    external(model.graph.initializer[0], location)
    (directory / "model.onnx").write_bytes(model.SerializeToString())
    seal(directory)
    with pytest.raises(InvalidBundle, match=r"Expected every weight inside it"):
        proved(directory)


def proved(directory: Path) -> None:
    prove(directory, lambda files, variant: Runtime(files, variant, Placement("cpu")))


def test_an_engine_compiled_elsewhere_is_refused(tmp_path: Path) -> None:
    path = write_bundle(tmp_path) / "model.onnx"
    model = onnx.load(path)
    model.graph.node.append(helper.make_node("EPContext", [], ["y"], domain="com.microsoft", ep_cache_context="x"))
    with pytest.raises(InvalidBundle, match="EPContext"):
        refuse_references(path, model.SerializeToString())


def deep(levels: int) -> bytes:
    """Graphs within graphs, by attribute and node."""
    content = b""
    for _ in range(levels):
        for tag in (0x32, 0x2A, 0x0A):  # attribute.g, node.attribute, graph.node
            length = len(content)
            size = bytes([length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14])
            content = bytes([tag]) + size + content
    size = bytes([len(content) & 0x7F | 0x80, len(content) >> 7 & 0x7F | 0x80, len(content) >> 14])
    return b"\x3a" + size + content


MALFORMED = {
    "a format of ONNX Runtime's own": (b"\x18\x00\x00\x00ORTM" + bytes(64), "the tag 0|left|wire type"),
    "a field longer than the file": (b"\x3a\x7f", "a field of 127 bytes where 0 are left"),
    "a cut number": (b"\x08\xff", "the end of the file within a number"),
    "a number without end": (b"\x08" + b"\xff" * 11, "more than 10 bytes"),
    "a group": (b"\x3b\x3c", "the wire type 3"),
    "a field without a number": (b"\x00\x00", "the tag 0"),
    "depth without end": (deep(40), "deep"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_protobuf_is_refused(name: str) -> None:
    content, reason = MALFORMED[name]
    with pytest.raises(InvalidBundle, match=reason):
        refuse_references(Path("model.onnx"), content)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = write_bundle(tmp_path) / "model.onnx"
    content = path.read_bytes()
    with pytest.raises(InvalidBundle, match="is no ONNX file"):
        refuse_references(path, content[: len(content) // 2])


def gigantic_weights(model: ModelProto) -> None:
    """A few bytes that say they are a tebibyte."""
    model.graph.initializer[0].dims[:] = [1 << 20, 1 << 18]


def gigantic_result(model: ModelProto) -> None:
    """A shape of 2⁶⁰ numbers, more than any machine can address, made when it runs and lost in a sum of zeros."""
    model.graph.initializer.append(numpy_helper.from_array(np.asarray([1 << 30, 1 << 30], np.int64), "gigantic"))
    last = model.graph.node[-1]
    last.input.append("nothing")
    model.graph.node.insert(0, helper.make_node("ReduceSum", ["zeros"], ["nothing"], keepdims=0))
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["gigantic"], ["zeros"]))


def contradictory_weights(model: ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [3, 9]


def gigantic_input(model: ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1 << 40


def rows_of_its_own(model: ModelProto) -> None:
    """Says one row an input, and gives seven."""
    model.graph.initializer.append(numpy_helper.from_array(np.ones((7, 1), np.float32), "seven"))
    last = model.graph.node[-1]
    last.output[0] = "before"
    model.graph.node.append(helper.make_node("Mul", ["before", "seven"], ["logits"]))


SHAPES: dict[Callable[[ModelProto], None], str] = {
    gigantic_weights: "cannot be opened",
    gigantic_result: "cannot be run|cannot be opened",
    contradictory_weights: "cannot be opened",
    gigantic_input: "cannot be opened|does not fit",
    rows_of_its_own: r"cannot be opened|cannot be run|another shape|fixed batch",
}


@pytest.mark.parametrize("twist", SHAPES)
def test_gigantic_and_contradictory_shapes_are_refused(tmp_path: Path, twist: Callable[[ModelProto], None]) -> None:
    directory = write_bundle(tmp_path)
    model = onnx.load(directory / "model.onnx")
    twist(model)
    (directory / "model.onnx").write_bytes(model.SerializeToString())
    seal(directory)
    with pytest.raises(InvalidBundle, match=SHAPES[twist]):
        proved(directory)


def test_a_file_that_is_not_listed_is_not_read(models: Path) -> None:
    directory = models / "dermoscopy" / "1"
    with pytest.raises(InvalidBundle, match="is not listed"):
        BundleFiles(directory, Manifest.read(directory)).read("../current")
