"""Images blurred away, or brought back, pixel by pixel in the order of a map."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.ndimage import gaussian_filter

from training.evaluation.answers import Integers
from training.evaluation.explanation import Floats32
from training.evaluation.overlay import upscale
from training.evaluation.subject import Images

BLUR = 0.1
"""Standard deviation, of the side of the image."""


@dataclass(frozen=True)
class Erasure:
    """`images` and what they are blurred to, uint8 (n, S, S, 3), in `steps` equal shares of the pixels."""

    images: Images
    blurred: Images
    steps: int
    seed: int

    @classmethod
    def of(cls, images: Images, steps: int, seed: int) -> Self:
        """Blur each image by a Gaussian of `BLUR` of its side; edges are mirrored."""
        sigma = BLUR * images.shape[1]
        blurred = gaussian_filter(images.astype(np.float32), (0, sigma, sigma, 0), mode="reflect")
        return cls(images, np.rint(blurred).astype(np.uint8), steps, seed)

    @property
    def shares(self) -> tuple[float, ...]:
        """Of pixels changed at each of the `steps` + 1 points, from 0 to 1."""
        return tuple(step / self.steps for step in range(self.steps + 1))

    def order(self, maps: Floats32) -> Integers:
        """Step at which each pixel is changed, 1 to `steps`, int64 (n, S, S): the largest of maps (n, h, w) first.

        Where a map says nothing (Grad-CAM's zeros), chance decides, not the place in memory.
        """
        count, side = self.images.shape[:2]
        values = upscale(maps, side).reshape(count, -1)
        chance = np.random.default_rng(self.seed).permuted(np.tile(np.arange(side**2), (count, 1)), axis=1)
        sorted_places = np.lexsort((chance, -values), axis=1)
        rank = np.empty_like(sorted_places)
        np.put_along_axis(rank, sorted_places, np.arange(side**2)[None], axis=1)
        steps: Integers = rank * self.steps // side**2 + 1
        return steps.reshape(count, side, side)

    def deleted(self, order: Integers, step: int) -> Images:
        """The images once the pixels of the first `step` shares are blurred."""
        return np.where((order <= step)[..., None], self.blurred, self.images)

    def inserted(self, order: Integers, step: int) -> Images:
        """The blurred images once the pixels of the first `step` shares are back."""
        return np.where((order <= step)[..., None], self.images, self.blurred)
