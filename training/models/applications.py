"""Backbones of keras.applications: without their tops, made to train on few images and to convert to ONNX."""

import keras
import numpy as np

from training.models.weights import load

APPLICATIONS = {
    "mobilenet_v2": keras.applications.MobileNetV2,
    "mobilenet_v3_small": keras.applications.MobileNetV3Small,
    "efficientnet_v2_b0": keras.applications.EfficientNetV2B0,
    "efficientnet_v2_b1": keras.applications.EfficientNetV2B1,
    "efficientnet_v2_b2": keras.applications.EfficientNetV2B2,
    "efficientnet_v2_b3": keras.applications.EfficientNetV2B3,
    "convnext_tiny": keras.applications.ConvNeXtTiny,
    "resnet50": keras.applications.ResNet50,
}
SCALE_ELSEWHERE = {"mobilenet_v2", "resnet50"}
"""The others scale pixels inside unless told not to, some by constants that tf2onnx makes inputs of the graph."""
MOMENTUM = 0.99
"""Of batch normalization. MobileNet ships with 0.999: over a few thousand steps of fine-tuning the running statistics
then trail the weights so far that validation falls apart (balanced accuracy 0.36 at epoch 3, 0.65 on the training
batches). EfficientNet ships with 0.9, which at small batches makes them jump; one value serves all."""
IMAGENET = "imagenet"


def build(size: int, name: str, kind: str, weights: str | None) -> keras.Model:
    """(N, S, S, 3), scaled as `backbones` says, to the last map (N, h, w, D).

    `weights`: none, `imagenet`, or the path of a file of this application without its top.
    Raises `InvalidConfig` when the file does not fit.
    """
    scaling = {} if kind in SCALE_ELSEWHERE else {"include_preprocessing": False}
    given = weights if weights == IMAGENET else None
    network = APPLICATIONS[kind](include_top=False, weights=given, input_shape=(size, size, 3), **scaling)
    if weights is not None and weights != IMAGENET:
        load(network, weights)
    if kind == "resnet50" and weights is not None:
        _read_rgb(network)
    if kind == "convnext_tiny":
        network = _with_depthwise(network)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = MOMENTUM
    return keras.Model(network.input, network.output, name=name)


def _read_rgb(network: keras.Model) -> None:
    """Turn the input channels of the first convolution: these weights were trained on BGR, and turning them is free."""
    first = next(layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D))
    kernel, *bias = first.get_weights()
    first.set_weights([kernel[:, :, ::-1], *bias])


def _with_depthwise(network: keras.Model) -> keras.Model:
    """The same network with depthwise convolutions where Keras writes them as convolutions of one group a channel.

    On TensorFlow's CPU those are compiled by XLA, one by one, into a call that tf2onnx cannot look into.
    """
    twin = keras.models.clone_model(network, clone_function=_depthwise)
    for layer, copy in zip(network.layers, twin.layers, strict=True):
        weights = layer.get_weights()
        if isinstance(copy, keras.layers.DepthwiseConv2D):
            weights[0] = np.swapaxes(weights[0], 2, 3)
        copy.set_weights(weights)
    return twin


def _depthwise(layer: keras.layers.Layer) -> keras.layers.Layer:
    if not isinstance(layer, keras.layers.Conv2D) or layer.groups == 1:
        return layer.__class__.from_config(layer.get_config())
    return keras.layers.DepthwiseConv2D(layer.kernel_size, layer.strides, layer.padding, name=layer.name)
