"""An answer taken apart into what its head summed: of N images, by position and by column of the metadata.

logits = bias + mean over positions (evidence) + sum over columns (contributions)
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.evaluation.answers import Integers

Floats32 = npt.NDArray[np.float32]

TOLERANCE = 1e-4
"""Logits by which the terms may miss the answer: float32 sums in another order."""


@dataclass(frozen=True)
class Explanation:
    """The terms of logits float32 (N, L).

    `bias` float32 (L,), `evidence` float32 (N, h, w, L), `contributions` float32 (N, K, L), K = 0 where the metadata
    has no terms of its own. What a fusion lets the metadata do to the features is in the evidence.
    """

    logits: Floats32
    bias: Floats32
    evidence: Floats32
    contributions: Floats32

    def __post_init__(self) -> None:
        """Raises `ValueError` when the terms do not add up to the logits."""
        total = self.bias + self.evidence.mean(axis=(1, 2)) + self.contributions.sum(axis=1)
        if total.shape != self.logits.shape:
            raise ValueError(f"Terms of other logits. Expected {self.logits.shape}. Received {total.shape}.")
        worst = float(np.abs(total - self.logits).max(initial=0.0))
        if not worst <= TOLERANCE:  # a NaN is no less wrong
            raise ValueError(
                f"The explanation does not add up to the answer. Expected bias + mean(evidence) + sum(contributions) "
                f"within {TOLERANCE:g} of the logits. Received a difference of {worst:.2g}."
            )

    def take(self, positions: Integers) -> Self:
        """Those of some images (n,), in their order."""
        return type(self)(self.logits[positions], self.bias, self.evidence[positions], self.contributions[positions])

    def relative_to(self, average: Floats32) -> Self:
        """The same sum counted from an average map (h, w, L), whose mean goes to the bias: what is not as usual."""
        return type(self)(
            self.logits, self.bias + average.mean(axis=(0, 1)), self.evidence - average, self.contributions
        )

    def maps(self, classes: Integers) -> Floats32:
        """Evidence for one class of each image, positions int64 (N,): float32 (N, h, w), negative is against."""
        return self._of(self.evidence, classes)

    def terms(self, classes: Integers) -> Floats32:
        """What each column of the metadata adds for one class of each image: float32 (N, K)."""
        return self._of(self.contributions, classes)

    def _of(self, terms: Floats32, classes: Integers) -> Floats32:
        """Of one class of each image. A single logit speaks for the second of two classes, and so against the first."""
        if terms.shape[-1] == 1:
            sign = np.where(classes == 1, 1, -1).astype(np.float32)
            return terms[..., 0] * sign.reshape(-1, *(1,) * (terms.ndim - 2))
        return terms[np.arange(len(terms)), ..., classes]
