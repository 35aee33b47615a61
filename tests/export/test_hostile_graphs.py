"""A graph that is not what its manifest says, or that nobody should open, is refused before it is opened."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.export.breaking import (
    FLOAT,
    add_dead_end,
    add_output,
    edit_golden,
    edit_graph,
    edit_manifest,
    failures,
    golden,
    overwrite,
)

Change = Callable[[onnx.ModelProto], object]


def weight(model: onnx.ModelProto, name: str = "mean_weights") -> onnx.TensorProto:
    found: onnx.TensorProto = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    return found


def poison(model: onnx.ModelProto, number: float) -> None:
    values = numpy_helper.to_array(weight(model)).copy()
    values[0, 0] = number
    weight(model).CopyFrom(numpy_helper.from_array(values, "mean_weights"))


def outside(model: onnx.ModelProto, location: str) -> None:
    tensor = weight(model)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)


def outside_constant(model: onnx.ModelProto) -> None:
    tensor = numpy_helper.from_array(np.ones(2, np.float32), "secret")
    add_dead_end(model, helper.make_node("Constant", [], ["c"], value=tensor))
    outside_value = model.graph.node[-1].attribute[0].t
    outside_value.ClearField("raw_data")
    outside_value.data_location = TensorProto.EXTERNAL
    outside_value.external_data.add(key="location", value="/etc/passwd")


def giant(model: onnx.ModelProto, operator: str) -> None:
    """A few bytes that become gigabytes as soon as constants are folded."""
    shape = np.array([100_000, 100_000], np.int64)
    nodes = {
        "ConstantOfShape": helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        "Expand": helper.make_node("Expand", ["unit", "shape"], ["big"]),
        "Tile": helper.make_node("Tile", ["small", "shape"], ["big"]),
    }
    add_dead_end(model, nodes[operator], shape=shape, small=np.ones((1, 1), np.float32))


def unknown_size(model: onnx.ModelProto) -> None:
    """As many numbers as a picture's pixels say."""
    add_dead_end(
        model,
        helper.make_node("Cast", ["image"], ["counts"], to=TensorProto.INT64),
        helper.make_node("ReduceMax", ["counts"], ["most"], keepdims=0),
        helper.make_node("Range", ["none", "most", "one"], ["big"]),
        none=np.asarray(0, np.int64),
        one=np.asarray(1, np.int64),
    )


def branch(model: onnx.ModelProto) -> None:
    body = helper.make_graph([helper.make_node("Identity", ["unit"], ["o"])], "b", [], [value("o", [])])
    node = helper.make_node("If", ["yes"], ["chosen"], then_branch=body, else_branch=body)
    add_dead_end(model, node, yes=np.asarray(True))  # noqa: FBT003


def custom(model: onnx.ModelProto, domain: str, operator: str) -> None:
    add_dead_end(model, helper.make_node(operator, ["unit"], ["o"], domain=domain))
    model.opset_import.append(helper.make_opsetid(domain, 1))


def function(model: onnx.ModelProto) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    model.functions.append(helper.make_function("own", "F", ["x"], ["y"], [node], [helper.make_opsetid("", 18)]))


def value(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, FLOAT, shape)


def dimension(model: onnx.ModelProto, port: str, place: int, size: int) -> None:
    graph = model.graph
    found = next(each for each in (*graph.input, *graph.output) if each.name == port)
    found.type.tensor_type.shape.dim[place].dim_value = size


def port_type(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT8


def rename(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        node.input[:] = ["photo" if name == "image" else name for name in node.input]
    model.graph.input[0].name = "photo"


def swap_inputs(model: onnx.ModelProto) -> None:
    image, metadata = model.graph.input
    ports = [onnx.ValueInfoProto.FromString(each.SerializeToString()) for each in (metadata, image)]
    del model.graph.input[:]
    model.graph.input.extend(ports)


def declare_giant(model: onnx.ModelProto) -> None:
    model.graph.value_info.append(value("scaled", [2**20, 2**20]))


GRAPHS: dict[str, tuple[Change, str, str]] = {
    "external data": (lambda m: outside(m, "weights.data"), "closed", "'mean_weights' has external data"),
    "escaping data": (lambda m: outside(m, "../../../../etc/passwd"), "closed", "location '../../../../etc/passwd'"),
    "external constant": (outside_constant, "closed", "'secret' has external data"),
    "branch": (branch, "closed", "'If' has a subgraph"),
    "function": (function, "closed", "brings functions"),
    "foreign operator": (lambda m: custom(m, "evil.org", "Shell"), "closed", "'evil.org.Shell' is not known"),
    "compiled engine": (lambda m: custom(m, "com.microsoft", "EPContext"), "closed", "EPContext' is not known"),
    "NaN weight": (lambda m: poison(m, np.nan), "weights", "'mean_weights' holds NaN or infinity"),
    "infinite weight": (lambda m: poison(m, -np.inf), "weights", "'mean_weights' holds NaN or infinity"),
    "NaN setting": (
        lambda m: add_dead_end(m, helper.make_node("LeakyRelu", ["unit"], ["o"], alpha=np.nan)),
        "weights",
        "setting 'alpha' that is not finite",
    ),
    "giant weight": (lambda m: weight(m).dims.__setitem__(0, 2**40), "weights", "'mean_weights' is too large"),
    "negative weight": (lambda m: weight(m).dims.__setitem__(0, -3), "weights", "'mean_weights' is too large"),
    "short weight": (lambda m: weight(m).dims.__setitem__(0, 4), "weights", "'mean_weights' is damaged"),
    "weight of text": (lambda m: setattr(weight(m), "data_type", TensorProto.STRING), "weights", "holds no numbers"),
    "another opset": (
        lambda m: setattr(m.opset_import[0], "version", 17),
        "label",
        r"Expected \[18\]. Received \[17\]",
    ),
    "two opsets": (lambda m: m.opset_import.append(helper.make_opsetid("", 9)), "label", r"Received \[18, 9\]"),
    "free batch gone": (
        lambda m: dimension(m, "image", 0, 1),
        "ports",
        r"inputs do not fit.*Received.*\(1, 16, 16, 3\)",
    ),
    "another size": (lambda m: dimension(m, "image", 1, 32), "ports", r"inputs do not fit.*\('\*', 32, 16, 3\)"),
    "another type": (port_type, "ports", "inputs do not fit.*'int8'"),
    "another name": (rename, "ports", "inputs do not fit.*'photo'"),
    "another order": (swap_inputs, "ports", r"inputs do not fit.*Received \[\('metadata'"),
    "seven classes": (lambda m: dimension(m, "logits", 1, 7), "ports", r"outputs do not fit.*\('\*', 7\)"),
    "more inputs": (lambda m: m.graph.input.append(value("more", [1])), "ports", "inputs do not fit.*'more'"),
    "declared giant": (declare_giant, "sizes", r"'scaled' is too large.*Received \[1048576, 1048576\]"),
    "giant constant": (lambda m: giant(m, "ConstantOfShape"), "sizes", r"'big' is too large.*\[100000, 100000\]"),
    "giant expansion": (lambda m: giant(m, "Expand"), "sizes", r"'big' is too large.*\[100000, 100000\]"),
    "giant tiling": (lambda m: giant(m, "Tile"), "sizes", r"'big' is too large.*\[100000, 100000\]"),
    "size by pixels": (unknown_size, "sizes", "size of 'big', by the operator 'Range', is known only when it runs"),
    "no such input": (lambda m: m.graph.node[0].input.__setitem__(0, "nothing"), "sizes", "do not fit|known only"),
}


@pytest.mark.parametrize(("change", "check", "reason"), GRAPHS.values(), ids=GRAPHS.keys())
def test_it_is_refused(small: Path, change: Change, check: str, reason: str) -> None:
    edit_graph(small, change)
    # Whatever else is found of it, ONNX Runtime was not asked.
    assert not {"runtime", "replay"} & {name for subject, name, _ in failures(small) if subject == "float32"}
    assert_refused(small, check, reason)


def assert_refused(directory: Path, check: str, reason: str, subject: str = "float32") -> None:
    told = [said for where, name, said in failures(directory) if (where, name) == (subject, check)]
    assert told, failures(directory)
    assert re.search(reason, told[0]), told[0]


def evidence(directory: Path, share: float = 1.0) -> None:
    """An explanation that adds up where `share` is 1."""
    shape = numpy_helper.from_array(np.array([-1, 1, 1, 8], np.int64), "shape")
    times = numpy_helper.from_array(np.asarray(share, np.float32), "share")
    edit_graph(directory, lambda model: model.graph.initializer.extend([shape, times]))
    nodes = [helper.make_node("Reshape", ["logits", "shape"], ["flat_evidence"])]
    nodes.append(helper.make_node("Mul", ["flat_evidence", "share"], ["evidence"]))
    add_output(directory, "evidence", nodes, ["batch", 1, 1, 8])


def by_batch(directory: Path) -> None:
    """A model whose answer depends on how many are asked along."""
    mean = helper.make_node("ReduceMean", ["metadata", "rows"], ["of_all"], keepdims=1)

    def change(model: onnx.ModelProto) -> None:
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in model.graph.node]
        for node in nodes:
            node.input[:] = ["of_all" if name == "metadata" else name for name in node.input]
        del model.graph.node[:]
        model.graph.node.extend([mean, *nodes])
        model.graph.initializer.append(numpy_helper.from_array(np.array([0], np.int64), "rows"))

    edit_graph(directory, change)


def of_tomorrow(directory: Path) -> None:
    """In an opset that no runtime has yet, and said to be so."""
    edit_graph(directory, lambda model: setattr(model.opset_import[0], "version", 99))
    edit_manifest(directory, lambda manifest: manifest["variants"][0].update(opset=99))


def misspelled(directory: Path) -> bytes:
    return (directory / "model.onnx").read_bytes().replace(b"MatMul", b"Mat\xfful")


ANSWERS: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "no graph": (lambda d: overwrite(d, "model.onnx", b"no"), "graph", "no ONNX graph"),
    "empty": (lambda d: overwrite(d, "model.onnx", b""), "graph", "holds no graph"),
    "name is no text": (lambda d: overwrite(d, "model.onnx", misspelled(d)), "graph", "a name that is no text"),
    "cut short": (lambda d: overwrite(d, "model.onnx", (d / "model.onnx").read_bytes()[:-100]), "graph", "cut short"),
    "weights of another": (
        lambda d: edit_graph(d, lambda m: poison(m, 3.0)),
        "replay",
        "not reproduced in a batch of 3",
    ),
    "by batch": (by_batch, "replay", "is not reproduced in"),
    "golden off": (lambda d: edit_golden(d, logits=lambda a: a + np.float32(0.01)), "replay", "is not reproduced"),
    "golden NaN": (
        lambda d: edit_golden(d, logits=lambda a: a * np.float32("nan")),
        "recorded logits",
        "holds NaN or infinity",
    ),
    "explanation off": (lambda d: evidence(d, 0.9), "explanation", "does not add up"),
    "not in the runtime": (
        of_tomorrow,
        "runtime",
        "does not open it.*till opset",
    ),
}


@pytest.mark.parametrize(("broken", "check", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_it_is_refused_for_its_answers(small: Path, broken: Callable[[Path], Any], check: str, reason: str) -> None:
    broken(small)
    assert_refused(small, check, reason)


def test_an_explanation_that_adds_up_passes(small: Path) -> None:
    evidence(small)
    assert failures(small) == []


def test_another_precision_is_held_to_its_own_logits_and_to_its_parity(small: Path) -> None:
    edit_golden(small, logits_int8=lambda _: golden(small)["logits"] + np.float32(0.3))
    assert_refused(small, "recorded logits", r"farther from Keras's.*Received 0\.3", "int8")
    assert_refused(small, "replay", "is not reproduced in a batch of 3", "int8")


def test_a_float32_graph_that_says_it_is_int8_is_refused(small: Path) -> None:
    overwrite(small, "model.int8.onnx", (small / "model.onnx").read_bytes())
    assert_refused(small, "label", "Expected int8. Received float32", "int8")
