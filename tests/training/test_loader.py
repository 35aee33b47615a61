"""The two ways into Keras's fit carry the same batches, and an epoch is never shown twice."""

import itertools

import keras
import numpy as np
import pytest

from lesion.diagnosis import CODES
from lesion.patient import MetadataSpec
from training.catalog import Record
from training.loader import Stream, feed, tf_data
from training.options.pipeline import Augmentation, Pipeline
from training.pipeline import Batch, Batches, InOrder

pytestmark = pytest.mark.tensorflow

SPEC = MetadataSpec()


def records(count: int) -> list[Record]:
    return [Record(image_id=f"{row}", label=CODES[row % 8], age=50.0, sha256="", file="") for row in range(count)]


def drawn(count: int, size: int = 12) -> np.ndarray:
    """Noise, of a brightness of its own for each picture."""
    rng = np.random.default_rng(0)
    pixels: np.ndarray = rng.integers(0, 56, (count, size, size, 3), np.uint8)
    pixels += rng.integers(0, 200, (count, 1, 1, 1), np.uint8)
    return pixels


def batches(count: int = 20) -> Batches:
    options = Pipeline(batch_size=4, augmentation=Augmentation(mixup=0.5, erase=0.5))
    return Batches(drawn(count), records(count), list(range(count)), SPEC, options, seed=3)


def same(one: Batch, other: Batch) -> None:
    for name in ("image", "metadata"):
        np.testing.assert_array_equal(one[0][name], other[0][name])
        assert np.asarray(one[0][name]).dtype == other[0][name].dtype
    np.testing.assert_array_equal(one[1], other[1])


def test_both_ways_carry_the_same_batches_from_the_step_they_start_at() -> None:
    source, start = batches(), 7
    by_tensorflow = itertools.islice(tf_data(source, start), 12)  # over the end of two epochs
    anywhere = Stream(source, start)
    given = list(by_tensorflow)
    assert len(given) == 12
    for step, batch in enumerate(given):
        same(batch, source.batch(start + step))
        same(anywhere[step], source.batch(start + step))


def test_a_part_ends_with_its_smaller_batch() -> None:
    part = InOrder(drawn(10), records(10), list(range(10)), SPEC, batch_size=4)
    given = list(feed(part, 0, len(part)))
    assert [len(targets) for _, targets in given] == [4, 4, 2]
    for step, batch in enumerate(given):
        same(batch, part.batch(step))
    assert Stream(part, 0, len(part)).num_batches == 3


class Seen(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """Adds up, with a weight that grows, the pictures it is trained on: another order gives another sum."""

    def build(self, shape: tuple[int, ...]) -> None:  # noqa: ARG002
        self.total = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, images: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:  # noqa: FBT001, FBT002
        if training:
            self.total.assign(self.total * 0.9 + keras.ops.mean(keras.ops.cast(images, "float32")))
        return keras.ops.mean(keras.ops.cast(images, "float32"), axis=(1, 2))


@pytest.mark.parametrize("way", [tf_data, Stream])
def test_fit_sees_them_in_their_order(way: type[Stream]) -> None:
    source, steps = batches(), 0
    image = keras.Input((12, 12, 3), dtype="uint8", name="image")
    metadata = keras.Input((SPEC.width,), name="metadata")
    seen = Seen()
    model = keras.Model([image, metadata], keras.layers.Dense(8)(seen(image)))
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    part = InOrder(drawn(10), records(10), list(range(10)), SPEC, batch_size=4)
    for epochs in (2, 1):  # two phases
        model.fit(
            way(source, steps),
            steps_per_epoch=len(source),
            epochs=epochs,
            shuffle=False,
            verbose=0,
            validation_data=way(part, 0, len(part)),
        )
        steps += epochs * len(source)
    expected = 0.0
    for step in range(steps):
        expected = expected * 0.9 + source.batch(step)[0]["image"].mean(dtype=np.float64)
    assert float(seen.total) == pytest.approx(expected, rel=1e-5)


def test_an_error_in_a_batch_stops_fit() -> None:
    class Broken(Batches):
        def batch(self, step: int) -> Batch:
            if step > 5:
                raise RuntimeError("no such step")
            return super().batch(step)

    source = Broken(drawn(20), records(20), list(range(20)), SPEC, Pipeline(batch_size=4), seed=0)
    with pytest.raises(Exception, match="no such step"):
        list(itertools.islice(tf_data(source, 0), 10))
