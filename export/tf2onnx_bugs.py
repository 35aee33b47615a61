"""What tf2onnx 1.17 gets wrong, each put right in one place.

tests/export/test_tf2onnx_bugs.py shows each of them in the installed version: when a test there fails after an upgrade,
what it names is mended and goes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from tf2onnx.optimizer import _get_optimizers  # the argument `optimizers` takes this table; no public name gives it
from tf2onnx.optimizer.transpose_optimizer import TransposeOptimizer


def no_erfc(graph: Any, node: Any, _name: str, _arguments: list[str]) -> None:
    """Erfc, which TensorFlow's GELU is made of, is not known: 1 − Erf, which ONNX has."""
    node.type, node.domain = "Erf", ""
    one = graph.make_const(f"{node.name}_one", np.ones(1, np.float32))
    graph.insert_new_node_on_output("Sub", node.output[0], inputs=[one.output[0], node.output[0]])


class Transposes(TransposeOptimizer):  # type: ignore[misc] # tf2onnx ships no types
    """The optimizer that moves layout transposes together until they cancel, with two holes mended."""

    def _add_handler(self, trans: Any, node: Any) -> bool:
        """A number of rank 0 added to a convolution ends the whole pass: `max()` of its empty shape.

        MobileNetV3's hard swish adds one (x + 3), directly where the bias before it is zero.
        """
        numbers = [each for each in node.inputs if each.is_const() and not each.get_tensor_value(as_list=False).shape]
        if numbers:
            return bool(self._switch_transpose_and_node(node, trans))
        return bool(super()._add_handler(trans, node))

    def _mul_handler(self, trans: Any, node: Any) -> bool:
        """A transpose stays before a product of two computed tensors; the same is moved past their sum."""
        return bool(super()._mul_handler(trans, node) or self._handle_node_having_branches(trans, node))


HANDLERS: dict[str, tuple[Callable[..., None], list[str]]] = {"Erfc": (no_erfc, [])}
OPTIMIZERS = {**_get_optimizers(), "optimize_transpose": Transposes}


def name_resizing(graph: onnx.GraphProto) -> None:
    """Nearest neighbors are written as `tf_half_pixel_for_nn`, which left ONNX with opset 13.

    Where every pixel is repeated a whole number k of times, ⌊(x + ½) / k⌋ is ⌊x / k⌋. Other factors are left alone.
    """
    scales = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.s == b"tf_half_pixel_for_nn":
                factors = scales.get(node.input[2])
                attribute.s = b"asymmetric" if factors is not None and (factors % 1 == 0).all() else attribute.s
