"""Pictures that are there twice, under two ids: the same file, or the same picture resized or recompressed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from lesion.image import ImageSpec, InvalidImage, Pixels, load
from training.catalog import Catalog, Record
from training.errors import InvalidData

SIDE = 24
BLUR = 7
CORRELATION = 0.98
"""Pairs above this are grouped. Chosen by looking: on ISIC 2019 at 84 px, 70 pairs of images that the archive gives to
different lesions (or to none) lie above it. About half are one picture, some with other colors; the rest are alike only
in a small round field of view, and grouping those costs nothing. Below 0.97 most pairs are merely similar."""

_BLOCK = 2048


def near_duplicates(catalog: Catalog) -> list[tuple[str, str]]:
    """Pairs of image ids whose pictures correlate above `CORRELATION` once slow shading is taken out.

    Compared at 24×24 px within the central disc, so that the black surround of a dermoscope does not count.
    """
    spec = ImageSpec(size=SIDE)
    with catalog.open_images() as read, ThreadPoolExecutor() as threads:

        def picture(record: Record) -> Pixels:
            try:
                return load(read(record), spec)
            except InvalidImage as error:
                raise InvalidData(f"{record.image_id} does not decode: {error}") from error

        pictures = np.stack(list(threads.map(picture, catalog.records)))
    ids = [record.image_id for record in catalog.records]
    return [(ids[a], ids[b]) for a, b in correlated_pairs(pictures)]


def correlated_pairs(pictures: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Index pairs (a < b) of uint8 (N, 24, 24, 3) pictures whose detail correlates above `CORRELATION`."""
    gray = pictures.astype(np.float32).mean(axis=3)
    detail = (gray - _box_blur(gray))[:, _disc()]
    detail -= detail.mean(axis=1, keepdims=True)
    detail /= np.linalg.norm(detail, axis=1, keepdims=True) + 1e-6
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(detail), _BLOCK):
        rows, columns = np.nonzero(detail[start : start + _BLOCK] @ detail.T > CORRELATION)
        rows += start
        pairs += [(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if a < b]
    return pairs


def identical_files(ids: Sequence[str], hashes: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of image ids with the same sha256."""
    first: dict[str, str] = {}
    pairs = []
    for image_id, value in zip(ids, hashes, strict=True):
        if value in first:
            pairs.append((first[value], image_id))
        first.setdefault(value, image_id)
    return pairs


def _box_blur(gray: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    padded = np.pad(gray, ((0, 0), (BLUR // 2, BLUR // 2), (BLUR // 2, BLUR // 2)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (BLUR, BLUR), axis=(1, 2))
    result: npt.NDArray[np.float32] = windows.mean(axis=(3, 4))
    return result


def _disc() -> npt.NDArray[np.bool_]:
    center = (SIDE - 1) / 2
    y, x = np.mgrid[:SIDE, :SIDE]
    inside: npt.NDArray[np.bool_] = (y - center) ** 2 + (x - center) ** 2 < 8.5**2
    return inside
