"""Three branches are one convolution at every moment."""

from pathlib import Path

import keras
import numpy as np
import pytest

from training.models.branches import Branches

pytestmark = pytest.mark.tensorflow


def block(channels: int, width: int, stride: int) -> Branches:
    """With random weights everywhere, as if it had learned."""
    layer = Branches(width, stride)
    layer.build((None, 8, 8, channels))
    rng = np.random.default_rng(0)
    layer.set_weights([rng.uniform(0.2, 1.0, weight.shape).astype("f") for weight in layer.get_weights()])
    return layer


def pixels(channels: int, side: int = 8) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(2, side, side, channels)).astype("f")


@pytest.mark.parametrize(("channels", "width", "stride"), [(4, 4, 1), (4, 4, 2), (3, 5, 1), (3, 5, 2)])
def test_it_is_the_sum_of_its_branches(channels: int, width: int, stride: int) -> None:
    layer, x = block(channels, width, stride), pixels(channels)
    gains = {name: np.asarray(gain) for name, gain in layer.gains.items()}
    assert set(gains) == ({"wide", "point", "identity"} if (stride, channels) == (1, width) else {"wide", "point"})
    expected = gains["wide"] * keras.ops.conv(x, layer.wide, stride, "same")
    if stride == 1:
        expected += gains["point"] * keras.ops.conv(x, layer.point, 1, "same")
    else:  # an even side is padded on the right alone, so the middle of the 3×3 kernel sits a pixel further
        expected += gains["point"] * keras.ops.conv(x[:, 1::2, 1::2], layer.point, 1, "same")
    if "identity" in gains:
        expected += gains["identity"] * x
    np.testing.assert_allclose(layer(x), keras.ops.relu(layer.norm(expected)), atol=1e-4)


@pytest.mark.parametrize(("channels", "width", "stride"), [(4, 4, 1), (3, 5, 2)])
def test_fused_is_the_same_convolution(channels: int, width: int, stride: int) -> None:
    layer, x = block(channels, width, stride), pixels(channels)
    kernel, bias = layer.fused()
    assert kernel.shape == (3, 3, channels, width)
    assert bias.shape == (width,)
    assert {kernel.dtype.name, bias.dtype.name} == {"float32"}
    np.testing.assert_allclose(
        keras.ops.relu(keras.ops.conv(x, kernel, stride, "same") + bias), layer(x), rtol=1e-5, atol=1e-4
    )


def test_every_branch_learns() -> None:
    layer = Branches(4)
    model = keras.Sequential([keras.Input((8, 8, 4)), layer, keras.layers.GlobalAveragePooling2D()])
    before = [np.array(weight) for weight in layer.trainable_weights]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(pixels(4), np.ones((2, 4), "f"), epochs=2, verbose=0)
    assert len(before) == 7
    for weight, old in zip(layer.trainable_weights, before, strict=True):
        assert not np.array_equal(weight, old), weight.path


@pytest.mark.parametrize("side", [7, 8])
def test_the_shape_it_tells_is_the_shape_it_gives(side: int) -> None:
    layer = Branches(5, stride=2)
    assert layer.compute_output_shape((None, side, side, 3)) == (None, 4, 4, 5)
    assert layer(pixels(3, side)).shape == (2, 4, 4, 5)


def test_channels_must_be_known() -> None:
    with pytest.raises(ValueError, match=r"number of channels.*Received shape \(None, 8, 8, None\)"):
        Branches(4).build((None, 8, 8, None))


def test_it_is_saved_whole(tmp_path: Path) -> None:
    picture = keras.Input((8, 8, 4))
    model = keras.Model(picture, block(4, 4, 1)(picture))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(pixels(4)), model(pixels(4)), atol=1e-6)
