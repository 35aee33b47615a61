"""Is this a usable dermoscopic image? Judges the prepared square, which is what the model sees, and the file's size.

Each measure has two limits: beyond the first the answer carries a warning, beyond the second there is no answer.
docs/quality.md argues the limits, and says what no such measure can see.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from lesion.appearance import FEATURES, Features, look
from lesion.image import Pixels

Code = Literal["too_small", "blurred", "too_dark", "too_bright", "black_border", "not_dermoscopic"]


class _Part(BaseModel):
    # Every comparison with NaN is false: it would switch a limit off without a word.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Limits(_Part):
    """Of one measure. None: never."""

    warn: float | None = Field(None, description="Beyond it, the answer carries a warning.")
    reject: float | None = Field(None, description="Beyond it, there is no answer.")


class Likeness(_Part):
    """Where color and texture of dermoscopic images lie (`lesion.appearance.FEATURES`), and how they are spread."""

    mean: tuple[float, ...] = Field(min_length=len(FEATURES), max_length=len(FEATURES))
    inverse_covariance: tuple[tuple[float, ...], ...]

    @model_validator(mode="after")
    def _square(self) -> Self:
        sides = {len(self.inverse_covariance), *map(len, self.inverse_covariance)}
        if sides != {len(self.mean)}:
            raise ValueError(f"The inverse covariance must have sides of {len(self.mean)}. Received {sorted(sides)}.")
        return self

    def distance(self, features: Features) -> float:
        """Squared Mahalanobis distance of features (7,)."""
        apart = features - np.array(self.mean)
        return float(apart @ np.array(self.inverse_covariance) @ apart)


class QualitySpec(_Part):
    """What an image must be like. Fitted to the training images, written into the bundle."""

    size: int = Field(ge=8, description="Side S of the prepared square that the limits are for, in pixels.")
    least_side: Limits = Field(
        Limits(), description="Of the shorter side of the original picture, in pixels. Below: too_small."
    )
    sharpness: Limits = Field(
        Limits(), description="Of the ratio of the energies of small and larger details. Below: blurred."
    )
    brightness: Limits = Field(Limits(), description="Of the mean of what is not black, 0 to 255. Below: too_dark.")
    glare: Limits = Field(
        Limits(), description="Of the share (0 to 1) of what is not black that is burnt out. Above: too_bright."
    )
    surround: Limits = Field(
        Limits(), description="Of the share (0 to 1) of the picture that is a black frame. Above: black_border."
    )
    distance: Limits = Field(
        Limits(), description="Of the squared Mahalanobis distance to `likeness`. Above: not_dermoscopic."
    )
    likeness: Likeness | None = Field(None, description="None: the distance is not looked at.")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an image. `limit` is the one for rejection if it `rejects`, else for a warning."""

    code: Code
    value: float
    limit: float
    rejects: bool
    message: str


@dataclass(frozen=True)
class Quality:
    """Whether a model may be asked about an image, and what was found."""

    usable: bool
    findings: tuple[Finding, ...]


def assess(pixels: Pixels, original_size: tuple[int, int], spec: QualitySpec) -> Quality:
    """Judge a prepared square, uint8 (S, S, 3), of a picture of (width, height) pixels.

    Raises `ValueError` when the square is not of the side that the spec is for.
    """
    if pixels.shape != (spec.size, spec.size, 3):
        raise ValueError(
            f"The quality limits are for other pixels. Expected ({spec.size}, {spec.size}, 3). Received {pixels.shape}."
        )
    findings = tuple(finding for finding in _judged(pixels, original_size, spec) if finding is not None)
    return Quality(not any(finding.rejects for finding in findings), findings)


def _judged(pixels: Pixels, original_size: tuple[int, int], spec: QualitySpec) -> Iterable[Finding | None]:
    seen = look(pixels)
    yield _least(
        "too_small",
        min(original_size),
        spec.least_side,
        "The picture is too small: expected a shorter side of at least {:.0f} px, received {:.0f} px.",
    )
    yield _least(
        "blurred",
        seen.sharpness,
        spec.sharpness,
        "The picture is blurred: expected a sharpness of at least {:.2f}, received {:.2f}.",
    )
    yield _least(
        "too_dark",
        seen.brightness,
        spec.brightness,
        "The picture is too dark: expected a mean brightness of at least {:.0f} of 255, received {:.0f}.",
    )
    yield _most(
        "too_bright",
        seen.glare,
        spec.glare,
        "The picture is overexposed: expected at most {:.0%} of it burnt out to white, received {:.0%}.",
    )
    yield _most(
        "black_border",
        seen.surround,
        spec.surround,
        "A black frame takes too much of the picture: expected at most {:.0%}, received {:.0%}; crop it.",
    )
    if spec.likeness is not None and seen.features is not None:
        yield _most(
            "not_dermoscopic",
            spec.likeness.distance(seen.features),
            spec.distance,
            "Color and texture are unlike those of dermoscopic images: expected a distance of at most {:.0f}, "
            "received {:.0f}.",
        )


def _least(code: Code, value: float, limits: Limits, text: str) -> Finding | None:
    passed = [limit is not None and value < limit for limit in (limits.reject, limits.warn)]
    return _finding(code, value, limits, passed, text)


def _most(code: Code, value: float, limits: Limits, text: str) -> Finding | None:
    passed = [limit is not None and value > limit for limit in (limits.reject, limits.warn)]
    return _finding(code, value, limits, passed, text)


def _finding(code: Code, value: float, limits: Limits, passed: list[bool], text: str) -> Finding | None:
    rejects, warns = passed
    limit = limits.reject if rejects else limits.warn if warns else None
    if limit is None:
        return None
    return Finding(code, value, limit, rejects, text.format(limit, value))
