"""The views of `training.augment` as Keras layers: drawn where the model runs, on every backend, inactive at inference.

They stand before the model only while it trains (`training.learner`): what is saved, exported and served is without.
Plain gathers and sums, so that XLA can compile them with the rest.
"""

import math

import keras
from keras import ops

from training.options.pipeline import Augmentation


def views(model: keras.Model, options: Augmentation, seed: int) -> keras.Model:
    """From the model's inputs to the same, the images as random views in training."""
    image, metadata = (keras.Input(part.shape[1:], dtype=part.dtype, name=part.name) for part in model.inputs)
    view = image
    for number, layer in enumerate(_layers(options)):
        view = layer(options, seed + number)(view)
    given = {"image": image, "metadata": metadata}
    return keras.Model(given, {"image": view, "metadata": metadata}, name="views")


def _layers(options: Augmentation) -> list[type["View"]]:
    wanted = {
        Move: options.flips or options.rotation_degrees or options.zoom or options.stretch,
        Blur: options.blur_pixels and options.blur_chance,
        Relight: options.color,
        Erase: options.erase,
    }
    return [layer for layer, some in wanted.items() if some]


class View(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """uint8 (N, S, S, 3) to the same: a random view of each in training, as they are otherwise."""

    def __init__(self, options: Augmentation, seed: int) -> None:
        """Every layer draws from a generator of its own."""
        super().__init__(trainable=False)
        self.options = options
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, images: keras.KerasTensor, *, training: bool | None = None) -> keras.KerasTensor:
        """See the class."""
        if not training:
            return images
        changed = self.change(ops.cast(images, "float32"))
        return ops.cast(ops.clip(ops.round(changed), 0, 255), "uint8")

    def change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """float32 (N, S, S, 3) of 0…255 to the same."""
        raise NotImplementedError

    def draw(self, images: keras.KerasTensor, low: float, high: float, width: int = 1) -> keras.KerasTensor:
        """Uniform float32 (N, width, 1, 1)."""
        return keras.random.uniform((ops.shape(images)[0], width, 1, 1), low, high, seed=self.seeds)


class Move(View):
    """Flips, turns, zooms and stretches in one bilinear resampling; the picture goes on as its own reflection."""

    def change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        return resample(images, self._matrix(images))

    def _matrix(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """(N, 2, 2): what leads from a view's (x, y), counted from its center, to the picture's."""
        options = self.options
        turn = math.radians(options.rotation_degrees)
        angle = self.draw(images, -turn, turn)[:, :, 0]
        mirror = ops.ones_like(angle)
        if options.flips:
            angle = angle + ops.floor(self.draw(images, 0, 4)[:, :, 0]) * (math.pi / 2)
            mirror = ops.where(self.draw(images, 0, 1)[:, :, 0] < 0.5, -1.0, 1.0)
        scale = 1 / (1 + self.draw(images, -options.zoom, options.zoom)[:, :, 0])
        aspect = ops.sqrt(1 + self.draw(images, -options.stretch, options.stretch)[:, :, 0])
        cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
        entries = (cos * aspect * mirror, -sin * aspect, sin / aspect * mirror, cos / aspect)
        return ops.reshape(ops.concatenate(entries, axis=1), (-1, 2, 2))


class Blur(View):
    """A Gaussian, its standard deviation drawn for each picture."""

    def change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        widest, chance = self.options.blur_pixels, self.options.blur_chance
        drawn = self.draw(images, 0, 1) < chance
        deviation = ops.where(drawn, self.draw(images, 0, widest), 0.0)
        reach = math.ceil(3 * widest)
        taps = ops.reshape(ops.arange(-reach, reach + 1, dtype="float32"), (1, -1, 1, 1))
        weights = ops.exp(-0.5 * (taps / ops.maximum(deviation, 1e-3)) ** 2)
        weights = weights / ops.sum(weights, axis=1, keepdims=True)
        side = images.shape[1]
        for axis in (1, 2):
            margin = [(reach, reach) if place == axis else (0, 0) for place in range(4)]
            wide = ops.pad(images, margin, mode="reflect")
            shifted = (
                wide[:, tap : tap + side] if axis == 1 else wide[:, :, tap : tap + side] for tap in range(2 * reach + 1)
            )
            images = sum(weights[:, tap, None] * view for tap, view in enumerate(shifted))
        return images


class Relight(View):
    """Brightness, contrast and each channel's gain."""

    def change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        low, high = 1 - self.options.color, 1 + self.options.color
        gain = ops.reshape(self.draw(images, low, high, 3), (-1, 1, 1, 3)) * self.draw(images, low, high)
        return ((images - 128) * self.draw(images, low, high) + 128) * gain


class Erase(View):
    """Cutout: every other time a square in mid gray, cut off at the rim."""

    def change(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """See the class."""
        side, share = images.shape[1], self.options.erase
        half = self.draw(images, 0, share * side / 2)
        row, column = self.draw(images, 0, side), self.draw(images, 0, side)
        drawn = self.draw(images, 0, 1) < 0.5
        places = ops.arange(side, dtype="float32")
        rows, columns = places[None, :, None, None], places[None, None, :, None]
        # A pixel is covered when its place lies between the whole numbers below the two ends.
        inside = [
            ops.logical_and(at >= ops.floor(middle - half), at < ops.floor(middle + half))
            for at, middle in ((rows, row), (columns, column))
        ]
        covered = ops.logical_and(drawn, ops.logical_and(*inside))
        return ops.where(covered, 128.0, images)


def resample(images: keras.KerasTensor, matrix: keras.KerasTensor) -> keras.KerasTensor:
    """The views float32 (N, S, S, C) that read the pictures, of that shape, at `matrix` (N, 2, 2) · position."""
    side, channels = images.shape[1], images.shape[3]
    center = ops.arange(side, dtype="float32") - (side - 1) / 2
    terms = matrix[:, :, :, None] * center
    across, down = terms[:, :, 0, None, :], terms[:, :, 1, :, None]
    places = _reflected(across + down + (side - 1) / 2, side)
    x, y = places[:, 0], places[:, 1]
    left, top = ops.floor(x), ops.floor(y)
    count = ops.shape(images)[0]
    flat = ops.reshape(images, (-1, channels))
    first = ops.reshape(ops.arange(count, dtype="int32") * (side * side), (-1, 1, 1))

    def pixel(row: keras.KerasTensor, column: keras.KerasTensor) -> keras.KerasTensor:
        place = ops.cast(ops.minimum(row, side - 1) * side + ops.minimum(column, side - 1), "int32")
        return ops.take(flat, first + place, axis=0)

    right_share, low_share = (x - left)[..., None], (y - top)[..., None]
    upper = pixel(top, left) * (1 - right_share) + pixel(top, left + 1) * right_share
    lower = pixel(top + 1, left) * (1 - right_share) + pixel(top + 1, left + 1) * right_share
    return upper * (1 - low_share) + lower * low_share


def _reflected(positions: keras.KerasTensor, side: int) -> keras.KerasTensor:
    period = 2 * (side - 1)
    folded = ops.mod(positions, period)
    return ops.minimum(folded, period - folded)
