"""The eight symmetries of the square, for batches of square pictures (N, S, S, 3)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

Pictures = npt.NDArray[Any]


def turned(images: Pictures, quarters: int, *, mirrored: bool) -> Pictures:
    """Each picture turned by quarters of a circle, mirrored before if asked."""
    seen = images[:, :, ::-1] if mirrored else images
    return np.rot90(seen, quarters, axes=(1, 2))


SYMMETRIES: tuple[Callable[[Pictures], Pictures], ...] = tuple(
    partial(turned, quarters=quarters, mirrored=mirrored)
    for quarters, mirrored in (
        (0, False),
        (0, True),
        (2, False),
        (2, True),
        (1, False),
        (1, True),
        (3, False),
        (3, True),
    )
)
"""As it is first, then mirrored, upside down, and both: the first two or four keep a picture's aspect."""
