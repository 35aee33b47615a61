"""Temperature and class biases, fitted on validation: logits to probabilities that mean what they say."""

import numpy as np
from scipy.optimize import minimize

from lesion.decision import Floats, softmax
from training.evaluation.answers import Integers

PULL = 1.0
"""How many images' worth of evidence holds each bias to the logarithm of its class's share."""
LOG_TEMPERATURE_BOUNDS = (np.log(0.05), np.log(20.0))


def fit_probabilities(logits: Floats, label: Integers, supposed: Floats) -> tuple[float, tuple[float, ...]]:
    """The temperature T and log-prior b (C,) with the least negative log-likelihood of softmax(z / T + b).

    Logits (N, C), labels (N,). Training that was balanced supposes other frequencies (`supposed` (C,), shares that sum
    to 1) than the data has: b starts at the log of their ratio, which is the correction of Saerens et al. (2002), and
    is let go from there as far as the data says (bias-corrected temperature scaling, Alexandari et al. 2020), held by
    `PULL`. A class with no image keeps the correction of half an image. b is shifted so that its largest is 0.
    """
    classes = logits.shape[1]
    counts = np.bincount(label, minlength=classes) + 0.5
    start = np.log(counts / counts.sum()) - np.log(np.maximum(supposed, 1 / (len(label) + 1)))
    rows, truth = np.arange(len(label)), np.eye(classes)[label]

    def loss(point: Floats) -> tuple[float, Floats]:
        scaled = logits / np.exp(point[0])
        chance = softmax(scaled + point[1:])
        off = point[1:] - start
        value = -np.log(np.maximum(chance[rows, label], 1e-300)).mean() + PULL / len(label) * (off**2).sum()
        slope = (chance - truth) / len(label)
        return value, np.concatenate([[-(slope * scaled).sum()], slope.sum(axis=0) + 2 * PULL / len(label) * off])

    bounds = [LOG_TEMPERATURE_BOUNDS, *[(None, None)] * classes]
    found = minimize(loss, np.concatenate([[0.0], start]), jac=True, method="L-BFGS-B", bounds=bounds)
    if not found.success:
        raise ArithmeticError(f"The calibration did not come to its end: {found.message}.")
    bias = found.x[1:] - found.x[1:].max()
    return float(np.exp(found.x[0])), tuple(bias.tolist())
