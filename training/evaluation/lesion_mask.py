"""Where the lesion is, without learned weights: the central patch whose color is not that of the skin around it.

    hairs closed (grayscale closing) → color unlike the skin's (CIELAB; skin from a frame along the border)
    → Otsu's threshold within the field of view → opened, most central large component, holes filled

Good enough to cover a lesion for a test; not for measuring one. It fails where a lesion fills the picture, and finds
only a part where one is hardly darker or redder than its skin.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from training.evaluation.cielab import Lab, lab
from training.evaluation.subject import Images

Masks = npt.NDArray[np.bool_]
"""bool (N, S, S)."""
Mask = npt.NDArray[np.bool_]
"""bool (S, S)."""
Floats = npt.NDArray[np.float32]

SIDE = 96
"""Pixels a side at which lesions are looked for, whatever the size of the images."""
FRAME = 0.12
"""Of the side: where skin is looked for, unless it is surround."""
DARK = 16.0
"""L*. What is darker and connected to the border is the surround of the field of view; the darkest skin is lighter."""
FOCUS, REACH = 0.45, 0.25
"""Of the side: standard deviations of the preference for the middle, of pixels and in choosing among patches."""
CONTRAST = 2.5
"""CIELAB units, about what the eye just sees. Less unlike the skin is skin."""
_HAIR, _SMOOTH, _OPEN = 5, 1.2, 2
_RIM = 3
"""Pixels of `SIDE` by which the surround is widened: the edge of the field of view is blurred."""
_LEAST = 0.005
"""Of the picture. A smaller patch is no lesion."""


def lesion_masks(images: Images) -> Masks:
    """Where each of uint8 (N, S, S, 3) shows its lesion, bool (N, S, S). Empty where none stands out."""
    return _each(images, lambda pixels: _lesion(_closed(lab(pixels)), _surround(lab(pixels)[..., 0])))


def surround_masks(images: Images) -> Masks:
    """Where each of uint8 (N, S, S, 3) shows no skin but the dark surround of a round field of view, bool (N, S, S)."""
    return _each(images, lambda pixels: _surround(lab(pixels)[..., 0]))


def _each(images: Images, find: Callable[[Images], Mask]) -> Masks:
    side = images.shape[1]
    found = np.zeros(images.shape[:3], bool)
    for place, pixels in enumerate(images):
        small = np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX))
        mask = Image.fromarray(find(small))
        found[place] = np.asarray(mask.resize((side, side), Image.Resampling.NEAREST))
    return found


def _closed(colors: Lab) -> Lab:
    """Without thin dark lines, smoothed."""
    closed = [ndimage.grey_closing(colors[..., 0], (_HAIR, _HAIR)), *np.moveaxis(colors[..., 1:], -1, 0)]
    closed[1:] = [ndimage.median_filter(channel, 3) for channel in closed[1:]]
    return np.stack([ndimage.gaussian_filter(channel, _SMOOTH) for channel in closed], axis=-1)


def _surround(lightness: Floats) -> Mask:
    dark = np.pad(lightness < DARK, 1, constant_values=True)
    label, _ = ndimage.label(dark)
    outside = (label == label[0, 0])[1:-1, 1:-1]
    # A dark line at the border of a scan is no surround; neither is a hair that reaches it.
    outside = ndimage.binary_opening(np.pad(outside, 8, mode="edge"), iterations=2)[8:-8, 8:-8]
    widened: Mask = ndimage.binary_dilation(outside, iterations=_RIM)
    return widened


def _lesion(colors: Lab, surround: Mask) -> Mask:
    view = ~surround
    if not view.any():
        return np.zeros_like(view)
    # The rim of a dermoscope's light is darker than the skin in its middle, and would be found before a pale lesion.
    unlike = _unlike(colors, _skin(colors, view)) * _middle(FOCUS)
    spot = (unlike > max(otsu(unlike[view]), CONTRAST)) & view
    spot = ndimage.binary_opening(spot, iterations=_OPEN)
    label, count = ndimage.label(spot)
    if not count:
        return np.zeros_like(view)
    weight = ndimage.sum_labels(unlike * _middle(REACH), label, np.arange(1, count + 1))
    chosen = label == 1 + int(weight.argmax())
    if chosen.mean() < _LEAST:
        return np.zeros_like(view)
    filled: Mask = ndimage.binary_fill_holes(ndimage.binary_closing(np.pad(chosen, 8), iterations=4)[8:-8, 8:-8])
    return filled


def _skin(colors: Lab, view: Mask) -> Floats:
    """Median color (3,) of the lighter half of the frame: a lesion that reaches into it is mostly in the darker one."""
    frame = view & ~_inner(FRAME)
    near = colors[frame if frame.any() else view]
    lighter = near[near[:, 0] >= np.median(near[:, 0])]
    return np.median(lighter, axis=0)


def _unlike(colors: Lab, skin: Floats) -> Floats:
    """Distance (S, S) in color from the skin. What is lighter than it, as glare is, counts by its hue alone."""
    difference = colors - skin
    difference[..., 0] = np.minimum(difference[..., 0], 0)
    distance: Floats = np.linalg.norm(difference, axis=-1)
    return distance


def _inner(frame: float) -> Mask:
    width = round(frame * SIDE)
    inner = np.zeros((SIDE, SIDE), bool)
    inner[width:-width, width:-width] = True
    return inner


def _middle(reach: float) -> Floats:
    """Preference (S, S) for the middle, at most 1, falling off over `reach` of the side."""
    along = (np.arange(SIDE) - (SIDE - 1) / 2) / (reach * SIDE)
    return np.exp(-0.5 * (along[:, None] ** 2 + along**2)).astype(np.float32)


def otsu(values: Floats) -> float:
    """The threshold that parts values (n,) into the two classes farthest apart (Otsu 1979)."""
    counts, edges = np.histogram(values, 128)
    centers = (edges[:-1] + edges[1:]) / 2
    low = counts.cumsum()
    high = low[-1] - low
    total = (counts * centers).cumsum()
    means = total / np.maximum(low, 1), (total[-1] - total) / np.maximum(high, 1)
    return float(edges[1:][int((low * high * (means[0] - means[1]) ** 2).argmax())])
