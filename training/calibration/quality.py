"""The quality gate's limits, from the images that a model has learned from.

A warning says that hardly any of them was like this. A rejection needs more: that good pictures, spoiled so far, are
answered wrongly (`python -m benchmarks.quality`, docs/quality.md).
"""

import numpy as np
import numpy.typing as npt

from lesion.appearance import Features, look
from lesion.quality import Likeness, Limits, QualitySpec

RARE = 0.001
"""Share of the training images beyond a limit for warnings."""
LEAST_IMAGES = 500
"""With fewer, nothing is known of what is rare."""

SMALL, TINY = 1 / 2, 1 / 4
"""Of the side that the model sees: pictures with fewer pixels are stretched to twice, and to four times."""
BLURRED = 0.5
"""Times the limit for warnings. At 160 px it lies beyond a Gaussian blur of 2 pixels."""
DARK = 0.5
"""Times the limit for warnings: about a third of the usual light."""
STRANGE = 1.6
"""Times the limit for warnings. At 1.5, a large melanoma and a blue lesion of other sources are rejected."""
WHITE, WHITEOUT = 0.05, 0.6
"""Shares burnt out; unless training images have more."""
FRAMED, FRAME = 0.1, 0.5
"""Shares that are a black frame; unless training images have more."""
_RIDGE = 1e-6
"""Added to variances: images that are all alike have none."""


def fit_quality(images: npt.NDArray[np.uint8]) -> QualitySpec:
    """What the training part, uint8 (N, S, S, 3), says of pictures to come.

    With fewer than `LEAST_IMAGES` only size, white and black are looked at; with fewer that are not black, no color.
    Raises `ValueError` on another shape.
    """
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3 or images.dtype != np.uint8:
        raise ValueError(f"Expected images uint8 (N, S, S, 3). Received {images.dtype} {images.shape}.")
    size = images.shape[1]
    plain = QualitySpec(
        size=size,
        least_side=Limits(warn=size * SMALL, reject=size * TINY),
        glare=Limits(warn=WHITE, reject=WHITEOUT),
        surround=Limits(warn=FRAMED, reject=FRAME),
    )
    return plain if len(images) < LEAST_IMAGES else _fitted(images, plain)


def _fitted(images: npt.NDArray[np.uint8], plain: QualitySpec) -> QualitySpec:
    seen = [look(image) for image in images]
    least_sharp = _quantile([each.sharpness for each in seen], RARE)
    darkest = _quantile([each.brightness for each in seen], RARE)
    fitted = plain.model_copy(
        update={
            "sharpness": Limits(warn=least_sharp, reject=BLURRED * least_sharp),
            "brightness": Limits(warn=darkest, reject=DARK * darkest),
            "glare": _at_least(plain.glare, [each.glare for each in seen]),
            "surround": _at_least(plain.surround, [each.surround for each in seen]),
        }
    )
    features = [each.features for each in seen if each.features is not None]
    if len(features) < LEAST_IMAGES:
        return fitted
    likeness = _likeness(np.array(features))
    farthest = _quantile([likeness.distance(each) for each in features], 1 - RARE)
    distance = Limits(warn=farthest, reject=STRANGE * farthest)
    return fitted.model_copy(update={"distance": distance, "likeness": likeness})


def _at_least(limits: Limits, values: list[float]) -> Limits:
    """What training images have is no fault: limits above nearly all of them for warnings, all for rejection."""
    warn, reject = limits.warn or 0.0, limits.reject or 0.0
    return Limits(warn=max(warn, _quantile(values, 1 - RARE)), reject=max(reject, *values))


def _likeness(features: Features) -> Likeness:
    """Of features (N, 7)."""
    covariance = np.cov(features, rowvar=False) + _RIDGE * np.eye(features.shape[1])
    inverse = np.linalg.inv(covariance).tolist()
    return Likeness(mean=features.mean(axis=0).tolist(), inverse_covariance=inverse)


def _quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share))
