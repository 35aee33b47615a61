"""How light the skin around a lesion looks in its picture: the individual typology angle (ITA; Chardon et al. 1991).

    skin = all but the lesion, the dark surround and hairs → L* and b*, each within one standard deviation of its mean
    → medians → ITA = arctan2(L* − 50, b*) · 180 / π, in degrees: larger is lighter

It is read off an image, so it is an *image-derived* band and not the skin type of a patient: a dermoscope's light,
its polarization and the gel between lens and skin, the camera's white balance, erythema and tan all move it, and no
picture here holds a color chart to correct for that. A difference between bands can be one between cameras.

Two kinds of picture have no angle: those that show too little skin, and those whose skin is bluer than gray (b* of 0
or less), which no skin is. There it is the light that has a color, and the angle, near 90° or above, would call it
very light whatever its lightness.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from training.evaluation.cielab import Lab, lab
from training.evaluation.lesion_mask import Masks, lesion_masks, surround_masks
from training.evaluation.subject import Images

Band = Literal["very light", "light", "intermediate", "tan", "brown", "dark"]
Degrees = npt.NDArray[np.float64]
Tones = Mapping[str, Band | None]
"""image id → band; None where it cannot be told."""

FLOORS: Mapping[Band, float] = {
    "very light": 55.0,
    "light": 41.0,
    "intermediate": 28.0,
    "tan": 10.0,
    "brown": -30.0,
    "dark": -np.inf,
}
"""Degrees that a band lies above, lightest first (Del Bino and Bernerd 2013)."""
CAVEAT = (
    "Image-derived bands of the individual typology angle, not the skin types of patients: a dermoscope's light, gel "
    "and camera shift them, so that a difference between bands can be one between cameras."
)
LEAST_SKIN = 0.03
"""Of the picture. Less skin says nothing."""
MARGIN = 0.04
"""Of the side, around a lesion, that is not skin: its edge fades out."""
CHUNK = 256
"""Images whose masks are held at a time."""
_HAIR_WIDTH = 0.06
_HAIR_DEPTH = 6.0
"""L* by which a hair is darker than what lies on both sides of it."""
_MIDDLE_GRAY = 50.0
_ROUNDING = 1e-3
"""L* or b*: of skin of one color, the mean is a hair off."""


def tones(image_ids: Sequence[str], images: Images) -> dict[str, Band | None]:
    """Each image's band, by its id, from uint8 (N, S, S, 3)."""
    return {name: band(angle) for name, angle in zip(image_ids, typology_angles(images).tolist(), strict=True)}


def band(degrees: float) -> Band | None:
    """The band of an angle; None of NaN."""
    return next((name for name, floor in FLOORS.items() if degrees > floor), None)


def typology_angles(images: Images) -> Degrees:
    """ITA of uint8 (N, S, S, 3) in degrees, float64 (N,). NaN where too little skin is seen, or a bluish one."""
    parts = (images[start : start + CHUNK] for start in range(0, len(images), CHUNK))
    return np.array(
        [_angle(lab(pixels)[skin]) for part in parts for pixels, skin in zip(part, skin_masks(part), strict=True)]
    )


def skin_masks(images: Images) -> Masks:
    """Where each of uint8 (N, S, S, 3) shows plain skin, bool (N, S, S). All False where that is too little."""
    margin = max(1, round(MARGIN * images.shape[1]))
    skin = np.zeros(images.shape[:3], bool)
    for place, covered in enumerate(lesion_masks(images) | surround_masks(images)):
        plain = ~ndimage.binary_dilation(covered, iterations=margin) & ~_hair(lab(images[place]))
        skin[place] = plain & (plain.mean() >= LEAST_SKIN)
    return skin


def _hair(colors: Lab) -> npt.NDArray[np.bool_]:
    """Thin dark lines, and a pixel on each side."""
    width = max(3, round(_HAIR_WIDTH * len(colors)))
    depth = ndimage.grey_closing(colors[..., 0], (width, width)) - colors[..., 0]
    hair: npt.NDArray[np.bool_] = ndimage.binary_dilation(depth > _HAIR_DEPTH)
    return hair


def _angle(skin: Lab) -> float:
    """Of the colors (n, 3) of skin pixels."""
    if not len(skin):
        return float("nan")
    lightness, yellow = (float(np.median(_trimmed(skin[:, channel]))) for channel in (0, 2))
    if yellow <= 0:
        return float("nan")
    return float(np.degrees(np.arctan2(lightness - _MIDDLE_GRAY, yellow)))


def _trimmed(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Those within one standard deviation of the mean."""
    near = np.abs(values - values.mean()) <= values.std() + _ROUNDING
    kept: npt.NDArray[np.float32] = values[near]
    return kept
