"""Static quantization to 8 bits: activations uint8, weights int8 by channel, as QuantizeLinear and DequantizeLinear.

What depends on the picture alone and comes before the head is quantized: convolutions, and what ONNX Runtime computes
between them in 8 bits. The head stays in float32, so that logits = bias + mean evidence + contributions holds exactly.
Scales come from training images, prepared as for training and serving (`lesion.image.prepare`).
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantType
from onnxruntime.quantization.calibrate import MinMaxCalibrater
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.quant_utils import load_model_with_shape_infer

from export.errors import ConversionFailed
from training.models.evidence import EVIDENCE
from training.pipeline import InOrder, Inputs

CONVOLUTION = "Conv"
ACTIVATIONS = ("Relu", "Clip")
QUANTIZED = (CONVOLUTION, *ACTIVATIONS, "Add", "AveragePool", "MaxPool")
"""Operators that ONNX Runtime's CPU provider computes in 8 bits, or folds into one that it does."""


class Int8:
    """A float32 graph, and the range of each of its activations over training images."""

    def __init__(self, path: Path, images: InOrder) -> None:
        """Run every image through the graph once. Raises `ConversionFailed` when there is nothing to quantize."""
        self._model = load_model_with_shape_infer(path)
        self._names = [node.name for node in _between(self._model.graph) if node.op_type in QUANTIZED]
        if not self.convolutions:
            raise ConversionFailed(
                f"{path} has no convolution to quantize: none before its head sees the picture alone."
            )
        with tempfile.TemporaryDirectory() as folder:
            calibrater = MinMaxCalibrater(path, QUANTIZED, str(Path(folder) / "augmented.onnx"))
            calibrater.augment_graph()
            calibrater.create_inference_session()
            calibrater.collect_data(_OneByOne(images))
            self._ranges = calibrater.compute_data()
        read = Counter(name for node in self._model.graph.node for name in node.input)
        read.update(output.name for output in self._model.graph.output)
        for node in reversed(self._model.graph.node):
            if node.op_type in ACTIVATIONS and node.input[0] in self._ranges.data and read[node.input[0]] == 1:
                # What an activation cuts off, and nobody else reads, needs no steps: in 8 bits or not.
                self._ranges[node.input[0]] = self._ranges[node.output[0]]

    @property
    def convolutions(self) -> tuple[str, ...]:
        """Names of the convolutions that may be quantized, in the order of the graph."""
        kinds = {node.name: node.op_type for node in self._model.graph.node}
        return tuple(name for name in self._names if kinds[name] == CONVOLUTION)

    def without(self, left_out: Sequence[str]) -> onnx.ModelProto:
        """The graph in 8 bits, but for some convolutions."""
        floating = {*left_out, *self._activations_before(left_out)}
        return self._quantized([name for name in self._names if name not in floating])

    def only(self, convolution: str) -> onnx.ModelProto:
        """The graph in float32, but for one convolution."""
        return self._quantized([convolution])

    def _activations_before(self, convolutions: Sequence[str]) -> set[str]:
        """Left in float32 too: ONNX Runtime 1.32 loses an activation between 8 bits and a convolution without them."""
        graph = self._model.graph
        wanted = {node.input[0] for node in graph.node if node.name in convolutions}
        return {node.name for node in graph.node if node.op_type in ACTIVATIONS and node.output[0] in wanted}

    def _quantized(self, names: list[str]) -> onnx.ModelProto:
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        quantizer = QDQQuantizer(
            model,
            per_channel=True,
            reduce_range=False,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=self._ranges,
            nodes_to_quantize=names,
            nodes_to_exclude=[],
            op_types_to_quantize=list(QUANTIZED),
            # Taken out, they would be missed where the convolution after them is left in float32. ONNX Runtime drops
            # those that 8 bits make superfluous.
            extra_options={"QDQKeepRemovableActivations": True},
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
        quantized: onnx.ModelProto = quantizer.model.model
        return _in_order(quantized, self._model)


def _between(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Nodes from the first convolution to the head: what depends on the picture, and on nothing of the patient."""
    inside, constant = set[str](), {"", *(tensor.name for tensor in graph.initializer)}
    for node in graph.node:
        given = set(node.input) - constant
        if not given:
            constant.update(node.output)
            continue
        if EVIDENCE in f"{node.name} {' '.join(node.output)}":
            return
        if given <= inside or (node.op_type == CONVOLUTION and not inside):
            inside.update(node.output)
            yield node


def _in_order(quantized: onnx.ModelProto, model: onnx.ModelProto) -> onnx.ModelProto:
    """Without shapes that speak of what was, and of the versions that the float32 graph is of."""
    del quantized.graph.value_info[:]
    quantized.ir_version = model.ir_version
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


class _OneByOne(CalibrationDataReader):  # type: ignore[misc] # ONNX Runtime ships no types
    """Feeds of one image, as ONNX Runtime's calibration asks for them."""

    def __init__(self, images: InOrder) -> None:
        self._feeds = _feeds(images)

    def get_next(self) -> Inputs | None:
        """The next feed, None at the end."""
        return next(self._feeds, None)


def _feeds(images: InOrder) -> Iterator[Any]:
    for step in range(len(images)):
        inputs, _ = images.batch(step)
        for place in range(len(inputs["image"])):
            yield {name: value[place : place + 1] for name, value in inputs.items()}
