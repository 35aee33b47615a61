"""The views drawn on the device are those drawn on the host."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from training.augment import sample
from training.device_augment import Blur, Erase, Move, Relight, View, resample, views
from training.drawing import draw
from training.options.pipeline import Augmentation

pytestmark = pytest.mark.tensorflow

SIDE = 48
LESION = np.asarray(draw("BKL", (SIDE, SIDE), np.random.default_rng(0)))
LESIONS = np.stack([LESION] * 64)
STILL = Augmentation(flips=False, rotation_degrees=0, zoom=0, stretch=0, color=0)
EVERYTHING = Augmentation(rotation_degrees=180, zoom=0.3, stretch=0.2, color=0.2, blur_pixels=1.5, erase=0.5)
LAYERS = (Move, Blur, Relight, Erase)


def drawn_by(layer: View, *, training: bool = True) -> np.ndarray:
    return np.asarray(layer(LESIONS, training=training))


@pytest.mark.parametrize("layer", LAYERS)
def test_uint8_to_uint8_at_random_in_training_only(layer: type[View]) -> None:
    drawn = drawn_by(layer(EVERYTHING, seed=0))
    assert (drawn.shape, drawn.dtype.name) == (LESIONS.shape, "uint8")
    assert len({view.tobytes() for view in drawn}) > 20
    np.testing.assert_array_equal(drawn_by(layer(EVERYTHING, seed=0), training=False), LESIONS)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_same_seed_draws_the_same_and_goes_on(layer: type[View]) -> None:
    one, same = layer(EVERYTHING, seed=5), layer(EVERYTHING, seed=5)
    first = drawn_by(one)
    np.testing.assert_array_equal(first, drawn_by(same))
    assert (drawn_by(one) != first).any()


@pytest.mark.parametrize("layer", LAYERS)
def test_xla_compiles_it(layer: type[View]) -> None:
    """Compiled, it draws other numbers; of the same kind."""
    compiled = tf.function(layer(EVERYTHING, seed=3), jit_compile=True)
    drawn = np.asarray(compiled(LESIONS, training=True))
    assert (drawn.shape, drawn.dtype.name) == (LESIONS.shape, "uint8")
    assert len({view.tobytes() for view in drawn}) > 20
    assert abs(drawn.mean() - drawn_by(layer(EVERYTHING, seed=3)).mean()) < 10


@pytest.mark.parametrize("seed", range(6))
def test_it_samples_as_the_host_does(seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(0, 0.8, (2, 2))
    there = resample(LESION[np.newaxis].astype(np.float32), matrix[np.newaxis].astype(np.float32))
    # The host's Pillow rounds each of three interpolations.
    np.testing.assert_allclose(np.asarray(there)[0], sample(LESION, matrix), atol=1.6)


def test_flips_only_move_pixels() -> None:
    drawn = drawn_by(Move(STILL.model_copy(update={"flips": True}), seed=0))
    expected = {np.rot90(side, turn).tobytes() for side in (LESION, LESION[:, ::-1]) for turn in range(4)}
    assert {view.tobytes() for view in drawn} == expected


def test_no_view_has_made_up_black() -> None:
    white = np.full((64, SIDE, SIDE, 3), 255, np.uint8)
    for layer in (Move, Blur):
        assert (np.asarray(layer(EVERYTHING, seed=1)(white, training=True)) == 255).all()


def test_blur_takes_detail_and_keeps_the_light() -> None:
    drawn = drawn_by(Blur(STILL.model_copy(update={"blur_pixels": 2.0, "blur_chance": 0.5}), seed=0))
    unchanged = (drawn == LESIONS).all(axis=(1, 2, 3))
    assert 15 <= unchanged.sum() <= 50
    detail = np.abs(np.diff(drawn.astype(int), axis=2)).mean(axis=(1, 2, 3))
    assert detail[~unchanged].max() <= detail[unchanged].min()
    assert detail.min() < 0.6 * detail.max()
    np.testing.assert_allclose(drawn.mean(axis=(1, 2, 3)), LESION.mean(), atol=1)


def test_light_changes_as_much_as_asked() -> None:
    gray = np.full((64, 8, 8, 3), 128, np.uint8)
    lit = np.asarray(Relight(STILL.model_copy(update={"color": 0.2}), seed=0)(gray, training=True))[:, 0, 0] / 128
    assert 0.8**2 - 0.01 <= lit.min() < 0.8
    assert 1.2 < lit.max() <= 1.2**2 + 0.01
    assert (np.ptp(lit, axis=1) > 0.02).mean() > 0.8, "each channel by itself"


def test_erasing_covers_a_square_every_other_time() -> None:
    covered = (drawn_by(Erase(STILL.model_copy(update={"erase": 0.6}), seed=0)) == 128).all(axis=-1)
    share = covered.mean(axis=(1, 2))
    assert 16 <= (share == 0).sum() <= 48
    assert 0.15 < share.max() <= 0.37
    largest = covered[share.argmax()]
    rows, columns = largest.any(axis=1), largest.any(axis=0)
    assert largest.sum() == rows.sum() * columns.sum()


def test_before_a_model_they_change_nothing_but_the_image_and_no_layer_is_there_for_nothing() -> None:
    image = keras.Input((SIDE, SIDE, 3), dtype="uint8", name="image")
    metadata = keras.Input((3,), name="metadata")
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model([image, metadata], keras.layers.Dense(2)(keras.layers.Concatenate()([flat, metadata])))
    inputs = {"image": LESIONS[:4], "metadata": np.arange(12, dtype=np.float32).reshape(4, 3)}
    before = views(model, EVERYTHING, seed=0)
    np.testing.assert_array_equal(before(inputs, training=False)["image"], LESIONS[:4])
    seen = before(inputs, training=True)
    np.testing.assert_array_equal(seen["metadata"], inputs["metadata"])
    assert len({np.asarray(view).tobytes() for view in seen["image"]}) == 4
    assert before.trainable_weights == []
    assert not any(isinstance(layer, View) for layer in views(model, STILL, seed=0).layers)
