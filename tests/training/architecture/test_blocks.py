"""Backbones as a page of blocks: no layer lost, repeats told once, shortcuts seen."""

import keras
import pytest

from training.architecture.blocks import Block, blocks
from training.architecture.steps import walk
from training.architecture.words import shape_text

pytestmark = pytest.mark.tensorflow


def residual(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    layers = keras.layers
    shortcut = x if x.shape[-1] == width else layers.Conv2D(width, 1)(x)
    y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same")(x)))
    y = layers.Conv2D(width, 3, padding="same")(y)
    return layers.ReLU()(layers.Add()([shortcut, y]))


def found(model: keras.Model) -> list[Block]:
    return blocks([step for step in walk(model, nested=True) if step.kind != "InputLayer"])


def test_residual_blocks_are_found_by_their_shape_and_told_once() -> None:
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.MaxPooling2D(2)(residual(residual(residual(pixels, 4), 4), 4))
    first, repeated, pooling = found(keras.Model(pixels, x))
    assert (first.skips, first.times) == (True, 1)
    assert set(first.lines) == {
        "Convolution 3×3, 4 · BN · ReLU",
        "Convolution 3×3, 4",
        "shortcut: Convolution 1×1, 4",
        "+ · ReLU",
    }
    assert (repeated.skips, repeated.times) == (True, 2)
    assert repeated.lines == ("Convolution 3×3, 4 · BN · ReLU", "Convolution 3×3, 4", "+ block's input · ReLU")
    assert (repeated.trained, repeated.fixed) == (2 * (2 * (3 * 3 * 4 * 4 + 4) + 8), 2 * 8)
    assert (pooling.lines, pooling.skips, shape_text(pooling.shape)) == (("Max pooling 2×2",), False, "4 × 4 × 4")


def test_a_chain_is_cut_where_convolutions_begin() -> None:
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.ReLU(), layers.DepthwiseConv2D(3, 2), layers.Dropout(0.1)]
    )
    assert [block.lines for block in found(model)] == [
        ("Convolution 3×3, 4 · ReLU",),
        ("Depthwise 3×3, stride 2 · dropout",),
    ]


def test_a_long_backbone_makes_a_page_and_loses_nothing() -> None:
    model = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(32, 32, 3))
    told = found(model)
    assert len(told) < 20
    assert sum(len(block.names) for block in told) == len(model.layers) - 1
    assert sum(block.trained + block.fixed for block in told) == model.count_params()
    repeated = next(block for block in told if block.times == 3)
    assert repeated.name == "block 7 – block 9"
    assert repeated.lines[-1] == "+ block's input"
