"""The one decision path: logits to a calibrated answer, the same in evaluation and in the service."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Floats = npt.NDArray[np.float64]


class DecisionSpec(BaseModel):
    """How logits are read. Fitted after training, written into the bundle, outside the ONNX graph."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(gt=0, description="Logits are divided by this before the softmax (Guo et al., 2017).")


@dataclass(frozen=True)
class Decision:
    """`probabilities` float64 (N, C), rows sum to 1; `malignancy` float64 (N,), the sum over malignant categories."""

    probabilities: Floats
    malignancy: Floats


def decide(logits: npt.NDArray[np.floating], malignant: Sequence[bool], spec: DecisionSpec) -> Decision:
    """Turn logits (N, C) into probabilities and malignancy. `malignant` says it of each class, in class order.

    Raises `ValueError` on a wrong shape or logits that are not finite.
    """
    if logits.ndim != 2 or logits.shape[1] != len(malignant):
        raise ValueError(f"Logits do not fit the classes. Expected (N, {len(malignant)}). Received {logits.shape}.")
    if not np.isfinite(logits).all():
        raise ValueError("The model gave logits that are not finite.")
    probabilities = softmax(logits.astype(np.float64) / spec.temperature)
    return Decision(probabilities, probabilities[:, np.asarray(malignant, bool)].sum(axis=1))


def softmax(logits: Floats) -> Floats:
    """Softmax over the last axis, safe for large logits."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result
