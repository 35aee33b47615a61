"""Where the unknown begins, set on calibration."""

import math

import numpy as np

from lesion.decision import Floats, Unknown, energy

KNOWN = 0.95
"""Share of lesions like those of the data that stay known."""


def fit_unknown(logits: Floats, known: float = KNOWN) -> Unknown:
    """The least score that as many of N independent lesions, logits (N, C), do not exceed."""
    scores = np.sort(energy(logits))
    return Unknown(threshold=float(scores[rank(len(scores), known) - 1]), known=known)


def rank(lesions: int, known: float) -> int:
    """How many of the lesions that the threshold is set on stay known."""
    return math.ceil(known * lesions)
