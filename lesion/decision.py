"""The one decision path: logits to a calibrated answer, the same in evaluation and in the service.

logits z → p = softmax(z / temperature + log_prior)
malignancy = Σ p over the malignant categories         suspicious where it reaches the operating point's threshold
prediction set = {k: p_k ≥ threshold_k}                split conformal prediction (Vovk 2005; Sadinle et al. 2019)
unknown = -log Σ exp(z)                                energy (Liu et al. 2020): large where no category speaks up
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Floats = npt.NDArray[np.float64]
Outcome = Literal["suspicious", "not_suspicious", "undetermined", "rejected"]
"""In the order of `decide`: an image may also be `rejected` before any model sees it (`lesion.quality`)."""
SetKind = Literal["marginal", "class_conditional"]

SENSITIVITY = 0.95
"""Of the operating point that answers where nobody has chosen another."""
SET_KIND: SetKind = "class_conditional"
"""Of the prediction set where nobody has chosen the other: marginal coverage may leave rare cancers out."""


class _Part(BaseModel):
    # Every comparison with NaN is false: a NaN for a threshold would call everybody not suspicious.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class OperatingPoint(_Part):
    """Where malignancy becomes suspicious. Set on the calibration part, one image a lesion."""

    sensitivity: float = Field(gt=0, lt=1, description="What was asked for.")
    threshold: float | None = Field(ge=0, le=1, description="None: too few malignant lesions to promise it.")
    lower_bound: float | None = Field(
        ge=0, le=1, description="95 % lower confidence bound (Clopper and Pearson, 1934) of the sensitivity there."
    )
    lesions: int = Field(ge=0, description="Malignant lesions it was set on.")


class SetThreshold(_Part):
    """The least probability that keeps a category in the prediction set."""

    threshold: float | None = Field(ge=0, le=1, description="None: too few lesions to promise coverage.")
    lesions: int = Field(ge=0, description="Lesions it was set on.")


class PredictionSets(_Part):
    """Split conformal prediction: a lesion like those of the data has its category in the set this often."""

    coverage: float = Field(gt=0, lt=1)
    marginal: SetThreshold = Field(description="For coverage over all lesions together.")
    class_conditional: tuple[SetThreshold, ...] = Field(description="For coverage within each class, in class order.")

    def thresholds(self, kind: SetKind) -> tuple[float, ...]:
        """One for each class, in class order. A class without its own promise takes the marginal threshold.

        Where even that could not be set, every class is kept: 0.
        """
        fallback = self.marginal.threshold or 0.0
        if kind == "marginal":
            return (fallback,) * len(self.class_conditional)
        return tuple(fallback if each.threshold is None else each.threshold for each in self.class_conditional)

    def without_promise(self, kind: SetKind) -> tuple[bool, ...]:
        """Which classes have no coverage of their own promised, in class order."""
        if kind == "marginal":
            return (self.marginal.threshold is None,) * len(self.class_conditional)
        return tuple(each.threshold is None for each in self.class_conditional)


class Unknown(_Part):
    """Where a picture is unlike all that the model knows."""

    score: Literal["energy"] = "energy"
    threshold: float = Field(description="Scores above it are unknown.")
    known: float = Field(gt=0, lt=1, description="Share of the calibration part at or below the threshold.")


class DecisionSpec(_Part):
    """How logits are read. Fitted after training, written into the bundle, outside the ONNX graph."""

    temperature: float = Field(ge=1e-6, description="Logits are divided by this before the softmax (Guo et al., 2017).")
    log_prior: tuple[float, ...] = Field(
        (),
        description="Added to each class's logit after that: how frequent it is, beside what training supposed "
        "(Saerens et al., 2002). Empty: nothing is added.",
    )
    operating_points: tuple[OperatingPoint, ...] = ()
    prediction_sets: PredictionSets | None = None
    unknown: Unknown | None = None

    @property
    def sensitivities(self) -> tuple[float, ...]:
        """Of the operating points that the data could promise, ascending."""
        return tuple(sorted(point.sensitivity for point in self.operating_points if point.threshold is not None))

    def operating_point(self, sensitivity: float) -> OperatingPoint | None:
        """The one of that sensitivity; None where the data could promise none at all.

        Raises `ValueError` when it promises others.
        """
        offered = self.sensitivities
        if offered and sensitivity not in offered:
            raise ValueError(
                f"No operating point of that sensitivity. Expected one of {list(offered)}. Received {sensitivity}."
            )
        promised = (point for point in self.operating_points if point.threshold is not None)
        return next((point for point in promised if point.sensitivity == sensitivity), None)


@dataclass(frozen=True)
class Decision:
    """What N logits say. What the spec could not fill is None.

    `probabilities` float64 (N, C), rows sum to 1; `malignancy` float64 (N,), the sum over malignant classes;
    `sets` bool (N, C), the classes in the prediction set; `unknown` float64 (N,), the score; `outcome` N words.
    """

    probabilities: Floats
    malignancy: Floats
    point: OperatingPoint | None
    sets: npt.NDArray[np.bool_] | None
    unknown: Floats | None
    outcome: tuple[Outcome, ...] | None

    def take(self, positions: npt.NDArray[np.int64]) -> "Decision":
        """What was decided at some positions (n,), in their order."""
        return Decision(
            probabilities=self.probabilities[positions],
            malignancy=self.malignancy[positions],
            point=self.point,
            sets=None if self.sets is None else self.sets[positions],
            unknown=None if self.unknown is None else self.unknown[positions],
            outcome=None if self.outcome is None else tuple(self.outcome[place] for place in positions.tolist()),
        )


def decide(
    logits: npt.NDArray[np.floating],
    malignant: Sequence[bool],
    spec: DecisionSpec,
    *,
    sensitivity: float = SENSITIVITY,
    set_kind: SetKind = SET_KIND,
) -> Decision:
    """Turn logits (N, C) into an answer. `malignant` says it of each class, in class order.

    Raises `ValueError` on a wrong shape, logits that are not finite, or a sensitivity that the spec, though it has
    operating points, does not offer.
    """
    if logits.ndim != 2 or logits.shape[1] != len(malignant):
        raise ValueError(f"Logits do not fit the classes. Expected (N, {len(malignant)}). Received {logits.shape}.")
    if not np.isfinite(logits).all():
        raise ValueError("The model gave logits that are not finite.")
    # In C order, so that an image asked alone and among others is summed alike, to the last bit.
    wide = logits.astype(np.float64, order="C")
    shift = np.array(spec.log_prior) if spec.log_prior else 0.0
    probabilities = softmax(wide / spec.temperature + shift)
    # Rounding in the softmax may leave a sum of 1.0000000000000002.
    malignancy = np.minimum(probabilities[:, np.asarray(malignant, bool)].sum(axis=1), 1.0)
    point = spec.operating_point(sensitivity)
    sets = None if spec.prediction_sets is None else probabilities >= spec.prediction_sets.thresholds(set_kind)
    unknown = None if spec.unknown is None else energy(wide)
    strange = np.zeros(len(wide), bool) if unknown is None or spec.unknown is None else unknown > spec.unknown.threshold
    return Decision(probabilities, malignancy, point, sets, unknown, _outcomes(malignancy, point, strange))


def even(logits: npt.NDArray[np.floating], spec: DecisionSpec) -> Floats:
    """Probabilities (N, C) without the prior: every class as frequent as training supposed it.

    That is equally frequent where the loss is logit-adjusted, as our recipes have it, and what balanced accuracy asks
    for. They are not the chances of a patient of the data.
    """
    return softmax(logits.astype(np.float64) / spec.temperature)


def energy(logits: Floats) -> Floats:
    """-log Σ exp(z) over the last axis: (N, C) → (N,)."""
    most = logits.max(axis=-1)
    result: Floats = -(most + np.log(np.exp(logits - most[..., None]).sum(axis=-1)))
    return result


def softmax(logits: Floats) -> Floats:
    """Softmax over the last axis, safe for large logits."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _outcomes(
    malignancy: Floats, point: OperatingPoint | None, strange: npt.NDArray[np.bool_]
) -> tuple[Outcome, ...] | None:
    """Suspicion comes first: that a picture is strange must not hide that it looks malignant."""
    if point is None or point.threshold is None:
        return None
    suspicious = malignancy >= point.threshold
    return tuple(
        "suspicious" if alarm else "undetermined" if odd else "not_suspicious"
        for alarm, odd in zip(suspicious.tolist(), strange.tolist(), strict=True)
    )
