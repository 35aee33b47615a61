"""A graph in 16-bit floats, for GPUs: half the memory, and their tensor cores. Inputs and outputs stay as they are."""

import onnx
from onnxruntime.quantization.onnx_model import ONNXModel
from onnxruntime.transformers.float16 import convert_float_to_float16

from training.models.evidence import CONTRIBUTIONS, EVIDENCE, LOGITS

HEAD = (LOGITS, EVIDENCE, CONTRIBUTIONS)


def in_float16(graph: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with weights and activations in float16; the head, which is cheap and adds up, in float32."""
    copy = onnx.ModelProto()
    copy.CopyFrom(graph)
    head = [node.name for node in copy.graph.node if any(name in f"{node.name} {node.output}" for name in HEAD)]
    converted: onnx.ModelProto = convert_float_to_float16(copy, keep_io_types=True, node_block_list=head)
    ONNXModel(converted).topological_sort()  # the casts of the inputs come last otherwise
    del converted.graph.value_info[:]
    onnx.checker.check_model(converted, full_check=True)
    return converted
