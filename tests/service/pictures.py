"""Images for requests, each different by its seed."""

import io

import numpy as np
from PIL import Image


def picture(seed: int = 0, kind: str = "PNG", side: int = 48) -> bytes:
    """An image file: a few patches of color, so that no two seeds come out alike after scaling."""
    patches = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(patches).resize((side, side), Image.Resampling.NEAREST).save(file, kind)
    return file.getvalue()
