"""Pictures with a part of them gone: what is left tells where a model looks."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from training.evaluation.lesion_mask import Masks, surround_masks
from training.evaluation.subject import Images

FRAME = 0.1
"""Of the side: width of the outer frame that is left of `border_only`."""
MARGIN = 0.06
"""Of the side: by which a lesion's mask is widened before it is covered, for its edge fades out."""
CENTER = 0.22
"""Of the side: radius around the middle that is covered in any case, for masks fail where lesions are pale."""
RING = 0.08
"""Of the side: width of the ring around a cover whose color the cover takes."""
KEPT = 0.05
"""Of the side: by which a lesion's mask is widened before all else is covered."""
BLUR = 0.02
"""Of the side: of the edge of a cover, so that the edge itself is no sign."""

Color = npt.NDArray[np.float64]
"""float64 (3,): red, green and blue, 0 to 255."""


def mean_color(images: Images) -> Color:
    """Of uint8 (N, S, S, 3): the gray, or nearly so, that stands for nothing."""
    # By picture: a copy of all of them as floats would be eight times their size.
    means: Color = np.mean([picture.mean(axis=(0, 1)) for picture in images], axis=0)
    return means


def plain(images: Images, color: Color) -> Images:
    """As many pictures of one color."""
    return np.broadcast_to(np.rint(color).astype(np.uint8), images.shape).copy()


def border_only(images: Images, color: Color) -> Images:
    """The outer frame; the middle covered by one color."""
    return _covered(images, [_rim(images.shape[1]) < 1 - 2 * FRAME] * len(images), color)


def corners_only(images: Images, color: Color) -> Images:
    """The corners, where the surround of a round field of view lies; the inscribed circle covered by one color."""
    return _covered(images, [_radius(images.shape[1]) < 0.5] * len(images), color)


def lesion_only(images: Images, lesions: Masks, color: Color) -> Images:
    """The lesions; all else covered by one color."""
    width = _pixels(KEPT, images)
    return _covered(images, [~ndimage.binary_dilation(mask, iterations=width) for mask in lesions], color)


def without_lesion(images: Images, lesions: Masks) -> Images:
    """The lesions, and the middle in any case, covered by the median color of the skin around the cover.

    The outline of a cover still tells how large a lesion is; that of `border_only` does not.
    """
    width, middle = _pixels(MARGIN, images), _radius(images.shape[1]) < CENTER
    covers = [ndimage.binary_dilation(mask, iterations=width) | middle for mask in lesions]
    surrounds = surround_masks(images)
    altered = np.empty_like(images)
    for place, (picture, cover, surround) in enumerate(zip(images, covers, surrounds, strict=True)):
        color = _around(picture, cover, surround, _pixels(RING, images))
        altered[place] = _cover(picture, cover & ~surround, color)
    return altered


def _around(picture: Images, cover: npt.NDArray[np.bool_], surround: npt.NDArray[np.bool_], width: int) -> Color:
    """Median color (3,) of the ring around a cover, as far as it shows skin."""
    ring = ndimage.binary_dilation(cover, iterations=width) & ~cover
    skin = ring & ~surround
    shown = next((mask for mask in (skin, ring, ~cover) if mask.any()), cover)
    color: Color = np.median(picture[shown], axis=0)
    return color


def _covered(images: Images, covers: list[npt.NDArray[np.bool_]], color: Color) -> Images:
    return np.stack([_cover(picture, cover, color) for picture, cover in zip(images, covers, strict=True)])


def _cover(picture: Images, cover: npt.NDArray[np.bool_], color: Color) -> Images:
    """The picture (S, S, 3) under one color where `cover` (S, S) holds, fading out beyond its edge."""
    blurred = ndimage.gaussian_filter(cover.astype(np.float64), BLUR * len(picture))
    # Nothing of what is covered shows through: the edge fades outwards only.
    strength = np.where(cover, 1.0, np.minimum(1.0, 2 * blurred))[..., None]
    mixed: Images = np.rint(picture * (1 - strength) + color * strength).astype(np.uint8)
    return mixed


def _radius(side: int) -> npt.NDArray[np.float64]:
    """Distance (S, S) of each pixel from the middle, in sides."""
    along = (np.arange(side) + 0.5) / side - 0.5
    distance: npt.NDArray[np.float64] = np.hypot(along[:, None], along)
    return distance


def _rim(side: int) -> npt.NDArray[np.float64]:
    """How far out (S, S) each pixel lies: 0 in the middle, 1 at the border."""
    along = np.abs((np.arange(side) + 0.5) / side - 0.5) * 2
    outward: npt.NDArray[np.float64] = np.maximum(along[:, None], along)
    return outward


def _pixels(share: float, images: Images) -> int:
    side: int = images.shape[1]
    return max(1, round(share * side))
