"""The way the seed project fed its model, to measure against: files read anew for every batch, one after the other.

It used `ImageDataGenerator.flow_from_dataframe`, which is gone from Keras 3's public API. This does what that did by
its documentation: every file of the table is opened, decoded whole and resized to the model's size by nearest neighbor;
an augmented picture is turned, zoomed and mirrored by an affine resampling of float pixels, the border's pixels
repeated; pixels are then divided by 255.
"""

import math
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Floats = npt.NDArray[np.float32]


class SeedLoader(keras.utils.PyDataset):  # type: ignore[misc] # Keras ships no types
    """Yields (float32 (B, S, S, 3) of 0…1, float32 (B, C)) on one thread."""

    def __init__(self, files: list[Path], targets: Floats, size: int, batch_size: int, *, augmented: bool) -> None:
        """`targets` (N, C) belong to `files`. Augmented: turned by up to 20°, zoomed by 1 ± 0.2, mirrored."""
        super().__init__(workers=1)
        self.files, self.targets, self.size, self.batch_size = files, targets, size, batch_size
        self.augmented, self.rng = augmented, np.random.default_rng(0)
        self.order = self.rng.permutation(len(files))

    def __len__(self) -> int:
        return math.ceil(len(self.files) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[Floats, Floats]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        batch = np.zeros((len(chosen), self.size, self.size, 3), np.float32)
        for place, row in enumerate(chosen):
            batch[place] = self._picture(self.files[row])
        return batch, self.targets[chosen]

    def _picture(self, file: Path) -> Floats:
        with Image.open(file) as opened:
            picture = opened.convert("RGB").resize((self.size, self.size), Image.Resampling.NEAREST)
        pixels = np.asarray(picture, np.float32)
        view = self._view(pixels) if self.augmented else pixels
        return view / np.float32(255)

    def _view(self, pixels: Floats) -> Floats:
        angle = math.radians(self.rng.uniform(-20, 20))
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        matrix = turn @ np.diag(self.rng.uniform(0.8, 1.2, 2))
        middle = np.full(2, (self.size - 1) / 2)
        channels = [
            ndimage.affine_transform(pixels[..., channel], matrix, middle - matrix @ middle, order=1, mode="nearest")
            for channel in range(3)
        ]
        view: Floats = np.stack(channels, axis=-1).astype(np.float32, copy=False)
        view = view[:, ::-1] if self.rng.random() < 0.5 else view
        return view[::-1] if self.rng.random() < 0.5 else view
