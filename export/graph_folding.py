"""The graph as it runs anywhere: constants folded, normalization, padding and bias inside the convolutions.

ONNX Runtime does this whenever it opens a model, so the graph is no faster there; but a quantizer and other runtimes
see one convolution where tf2onnx leaves four operators, as after every depthwise convolution.
"""

import tempfile
from pathlib import Path

import onnx
import onnxruntime as ort


def folded(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The same function in fewer operators, all of them ONNX's own; names of inputs and outputs stay."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "folded.onnx"
        options = ort.SessionOptions()
        # The next level writes operators of ONNX Runtime's own, and layouts of this machine.
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(path)
        ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
        graph = onnx.load(path).graph
    result = onnx.ModelProto()
    result.CopyFrom(proto)
    result.graph.CopyFrom(graph)
    return result
