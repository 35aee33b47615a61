"""Every image looked at once: does it decode, what are its pixels, what does it resemble?"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from lesion.image import InvalidImage, decode
from training.catalog import Catalog, LeftOut, Record
from training.errors import InvalidData
from training.views import SIDE

LEAST_SIDE = 64
"""Shorter sides are enlarged to something smooth, in which most small nevi are alike."""


@dataclass(frozen=True)
class Inspection:
    """What is left of a picture once looked at: its size, the hash of its pixels, uint8 (84, 84) gray of it."""

    width: int
    height: int
    pixels_sha256: str
    gray: npt.NDArray[np.uint8]

    @property
    def has_detail(self) -> bool:
        """Whether the picture is large enough to be told from others that look like it."""
        return min(self.width, self.height) >= LEAST_SIDE


def inspect(catalog: Catalog) -> tuple[dict[str, Inspection], list[LeftOut]]:
    """Look at every image, on all cores: image id → inspection, and the images that do not decode or were changed."""
    seen: dict[str, Inspection] = {}
    broken: list[LeftOut] = []
    with catalog.open_images() as read, ThreadPoolExecutor() as threads:

        def look(record: Record) -> Inspection | LeftOut:
            try:
                data = read(record)
            except (InvalidData, FileNotFoundError) as error:
                return LeftOut(record.image_id, f"its file cannot be read: {error}")
            if hashlib.sha256(data).hexdigest() != record.sha256:
                return LeftOut(record.image_id, "its file was changed after the import")
            try:
                return of(data)
            except InvalidImage as error:
                return LeftOut(record.image_id, f"does not decode: {error}")

        looks = threads.map(look, catalog.records)
        progress = tqdm(looks, total=len(catalog), desc="looking", unit="img", disable=None)
        for record, result in zip(catalog.records, progress, strict=True):
            if isinstance(result, LeftOut):
                broken.append(result)
            else:
                seen[record.image_id] = result
    return seen, broken


def of(data: bytes) -> Inspection:
    """Look at one file. Raises `InvalidImage`."""
    image = decode(data)
    content = hashlib.sha256(f"{image.size}".encode() + image.tobytes()).hexdigest()
    small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return Inspection(image.width, image.height, content, np.asarray(small))
