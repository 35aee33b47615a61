"""CIELAB under D65 (CIE 15:2004), from 8-bit sRGB (IEC 61966-2-1): lightness and color as the eye tells them apart."""

import numpy as np
import numpy.typing as npt

Lab = npt.NDArray[np.float32]
"""float32 (…, 3): L* 0 to 100; a*, green to red; b*, blue to yellow."""

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(axis=1)
"""XYZ of sRGB's white, so that white and grays have no color at all."""
_KINK = 6 / 29


def lab(pixels: npt.NDArray[np.uint8]) -> Lab:
    """CIELAB of RGB uint8 (…, 3)."""
    xyz = _LINEAR[pixels] @ (_TO_XYZ / _WHITE[:, None]).T.astype(np.float32)
    x, y, z = np.moveaxis(_lightness(xyz), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _linear(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Light of sRGB values 0 to 1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _lightness(light: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The cube root of CIELAB, straight near black."""
    return np.where(light > _KINK**3, np.cbrt(light), light / (3 * _KINK**2) + 4 / 29).astype(np.float32)


_LINEAR = _linear(np.arange(256) / 255)
