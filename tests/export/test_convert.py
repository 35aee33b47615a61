"""Every model of training.models converts, under the names and shapes of the contract, and computes the same."""

from pathlib import Path
from typing import get_args

import keras
import numpy as np
import onnx
import onnxruntime as ort
import pytest

from export.convert import IR, OPSET, convert
from export.errors import ConversionFailed
from export.parity import largest_difference, trial_inputs
from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models.build import BUILDERS
from training.models.explanation import with_explanation
from training.options.model import Backbone, Model

pytestmark = pytest.mark.tensorflow

METADATA = MetadataSpec()
IMAGE = ImageSpec(size=64)
DEAR = pytest.mark.learning
CHEAP = {"tiny", "compact", "plain", "mobilenet_v2"}
"""Backbones that convert in a second or two. The others do it under `make test-learning`."""
BACKBONES: tuple[Backbone, ...] = get_args(Backbone)
MODELS: dict[str, Model] = {
    "baseline": Model(builder="baseline"),
    "concatenate": Model(builder="dual", backbone="tiny", fusion="concatenate"),
    "none": Model(builder="dual", backbone="tiny", fusion="none"),
    **{str(name): Model(builder="dual", backbone=name) for name in BACKBONES},
}


def build(name: str) -> keras.Model:
    """A model with random weights everywhere, those that start at zero included."""
    keras.utils.set_random_seed(0)
    model = BUILDERS[MODELS[name].builder](MODELS[name], IMAGE, METADATA, len(CODES))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.path.endswith("_gain"):  # of branches: at one, what is not normalized grows in every block
            weight.assign(rng.uniform(0.3, 0.6, weight.shape))
        elif not np.any(weight):
            weight.assign(rng.normal(0, 0.1, weight.shape))
    return with_explanation(model)


def names(values: list[onnx.ValueInfoProto]) -> dict[str, list[str | int]]:
    return {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in values
    }


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[DEAR] if name in set(BACKBONES) - CHEAP else []) for name in MODELS]
)
def test_contract_and_parity(name: str, tmp_path: Path) -> None:
    model = build(name)
    proto = convert(model)
    assert names(proto.graph.input) == {"image": ["batch", 64, 64, 3], "metadata": ["batch", METADATA.width]}
    outputs = names(proto.graph.output)
    assert next(iter(outputs)) == "logits"
    assert outputs.pop("logits") == ["batch", 8]
    if MODELS[name].builder == "dual":
        assert outputs.pop("evidence")[-1] == 8
        assert outputs == ({} if name == "none" else {"contributions": ["batch", METADATA.width, 8]})
        assert_evidence_is_what_the_logits_average(proto.graph)
    assert proto.ir_version == IR
    assert [(each.domain, each.version) for each in proto.opset_import] == [("", OPSET)]
    assert_nothing_is_left_to_fold(proto.graph)
    assert_layout_changes_only_at_the_ends(proto, tmp_path / "optimized.onnx")
    onnx.save(proto, tmp_path / "model.onnx")
    assert largest_difference(model, tmp_path / "model.onnx", IMAGE, METADATA) < 1e-3


def assert_evidence_is_what_the_logits_average(graph: onnx.GraphProto) -> None:
    """The mean over positions reads the output itself, so that asking for it costs nothing."""
    readers = [node.op_type for node in graph.node if "evidence" in node.input]
    assert readers == ["ReduceMean"]


def assert_nothing_is_left_to_fold(graph: onnx.GraphProto) -> None:
    constants = {each.name for each in graph.initializer}
    assert [node.name for node in graph.node if set(node.input) <= constants] == []
    operators = {node.op_type for node in graph.node}
    assert not operators & {"BatchNormalization", "Identity", "Constant", "Shape", "Tile"}


def assert_layout_changes_only_at_the_ends(proto: onnx.ModelProto, path: Path) -> None:
    """As ONNX Runtime runs it: to its layout at the picture, and back at the evidence or before flattening."""
    options = ort.SessionOptions()
    # Beyond this level, layouts depend on the machine.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    transposes = [node for node in onnx.load(path).graph.node if node.op_type == "Transpose"]
    assert [list(node.attribute[0].ints) for node in transposes] == [[0, 3, 1, 2], [0, 2, 3, 1]]


def test_a_model_of_16_bits_is_refused() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = BUILDERS["dual"](MODELS["tiny"], IMAGE, METADATA, len(CODES))
    finally:
        keras.config.set_dtype_policy("float32")
    with pytest.raises(ConversionFailed, match=r"computes in float32.* in bfloat16"):
        convert(with_explanation(model))


def test_an_operator_that_tf2onnx_does_not_know_is_told() -> None:
    picture = keras.Input((8, 8, 3), dtype="uint8", name="image")
    facts = keras.Input((METADATA.width,), name="metadata")
    bent = keras.ops.erfinv(keras.layers.Rescaling(1 / 256)(picture))
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(bent), facts])
    model = keras.Model([picture, facts], {"logits": keras.layers.Dense(8, name="logits")(joined)})
    with pytest.raises(ConversionFailed, match=r"tf2onnx failed.*Erfinv"):
        convert(model)


def test_a_graph_with_other_weights_is_told_apart(tmp_path: Path) -> None:
    model = build("tiny")
    onnx.save(convert(model), tmp_path / "model.onnx")
    model.get_layer("logits").bias.assign_add(np.full(8, 0.01, "f"))
    assert largest_difference(model, tmp_path / "model.onnx", IMAGE, METADATA) == pytest.approx(0.01, rel=0.01)


def test_an_explanation_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    model = build("tiny")
    effects = model.get_layer("contributions")
    effects.name = "effects"
    doubled = keras.layers.Rescaling(2.0, name="contributions")(model.output["contributions"])
    doubled = keras.Model(model.inputs, {**model.output, "contributions": doubled})
    onnx.save(convert(doubled), tmp_path / "model.onnx")
    with pytest.raises(ConversionFailed, match="does not add up"):
        largest_difference(doubled, tmp_path / "model.onnx", IMAGE, METADATA)


def test_a_model_with_other_inputs_is_refused() -> None:
    picture = keras.Input((8, 8, 3), dtype="uint8", name="picture")
    facts = keras.Input((4,), name="metadata")
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(picture))
    logits = keras.layers.Dense(8, name="logits")(keras.layers.Concatenate()([flat, facts]))
    with pytest.raises(ConversionFailed, match="other inputs or outputs"):
        convert(keras.Model([picture, facts], {"logits": logits}))


def test_a_gaussian_error_unit_converts(tmp_path: Path) -> None:
    picture = keras.Input((8, 8, 3), dtype="uint8", name="image")
    facts = keras.Input((METADATA.width,), name="metadata")
    bent = keras.layers.Activation("gelu")(keras.layers.Rescaling(1 / 50, -2.5)(picture))
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(bent), facts])
    model = keras.Model([picture, facts], {"logits": keras.layers.Dense(8, name="logits")(joined)})
    onnx.save(convert(model), tmp_path / "model.onnx")
    assert largest_difference(model, tmp_path / "model.onnx", ImageSpec(size=8), METADATA) < 1e-5


def test_trial_inputs_cover_the_extremes() -> None:
    trials = trial_inputs(IMAGE, METADATA)
    assert set(trials) == {"golden", "random", "blank", "saturated"}
    assert trials["blank"].image.max() == 0
    assert trials["saturated"].image.min() == 255
    assert len({image.tobytes() for image in trials["golden"].image}) == 8
