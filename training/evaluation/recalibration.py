"""Calibration slope and intercept: what a logistic regression would still change about a probability."""

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.optimize import minimize
from scipy.special import expit, logit

from lesion.decision import Floats
from training.comparison import Z95, Interval
from training.evaluation.answers import Booleans
from training.evaluation.share import Ids

LEAST = 1e-12
"""Probabilities are kept this far from 0 and 1, whose log odds are infinite."""


class Recalibration(BaseModel):
    """Logistic regression of the truth on the log odds of its probability (Cox 1958). Perfect: slope 1, the others 0.

    Intervals are 95 % (Wald), from a covariance that is robust to several images a lesion.
    """

    model_config = ConfigDict(frozen=True)

    slope: float = Field(description="Below 1: too extreme. Above 1: too timid.")
    slope_interval: Interval
    intercept: float = Field(description="Log odds, fitted together with the slope.")
    intercept_interval: Interval
    in_the_large: float = Field(description="Log odds, the slope held at 1. Above 0: told too rarely.")
    in_the_large_interval: Interval

    @classmethod
    def of(cls, probability: Floats, truth: Booleans, lesions: Ids) -> Self | None:
        """Of N images. None where there is no fit: all true, all false, or a threshold tells them apart perfectly."""
        odds = logit(np.clip(probability, LEAST, 1 - LEAST))
        if not truth.any() or truth.all() or _apart(odds[truth], odds[~truth]) or _apart(odds[~truth], odds[truth]):
            return None
        ones = np.ones_like(odds)
        (intercept, slope), spread = _logistic(np.stack([ones, odds], axis=1), 0 * odds, truth, lesions)
        (large,), large_spread = _logistic(ones[:, None], odds, truth, lesions)
        return cls(
            slope=slope,
            slope_interval=_wald(slope, spread[1]),
            intercept=intercept,
            intercept_interval=_wald(intercept, spread[0]),
            in_the_large=large,
            in_the_large_interval=_wald(large, large_spread[0]),
        )


def _apart(upper: Floats, lower: Floats) -> bool:
    return bool(upper.min() >= lower.max())


def _logistic(inputs: Floats, offset: Floats, truth: Booleans, lesions: Ids) -> tuple[list[float], Floats]:
    """Weights (K,) of inputs (N, K) beside an offset (N,), and their standard errors (K,), clustered by lesion."""

    def loss(weights: Floats) -> float:
        score = offset + inputs @ weights
        return float((np.logaddexp(0, score) - truth * score).mean())

    def slope(weights: Floats) -> Floats:
        gradient: Floats = inputs.T @ (expit(offset + inputs @ weights) - truth) / len(truth)
        return gradient

    def curvature(weights: Floats) -> Floats:
        chance = expit(offset + inputs @ weights)
        hessian: Floats = (inputs * (chance * (1 - chance))[:, None]).T @ inputs / len(truth)
        return hessian

    start = np.zeros(inputs.shape[1])
    found = minimize(loss, start, jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-10})
    if np.abs(slope(found.x)).max() > 1e-6:
        raise ArithmeticError(f"The logistic recalibration did not come to its end: {found.message}")
    pull = inputs * (truth - expit(offset + inputs @ found.x))[:, None]
    bread = np.linalg.inv(curvature(found.x) * len(truth))
    return found.x.tolist(), np.sqrt(np.diag(bread @ _clustered(pull, lesions) @ bread))


def _clustered(pull: Floats, lesions: Ids) -> Floats:
    """Covariance (K, K) of the summed scores (N, K) of an estimate, from its sums by lesion (Liang and Zeger 1986)."""
    names, member = np.unique(lesions, return_inverse=True)
    sums = np.zeros((len(names), pull.shape[1]))
    np.add.at(sums, member, pull)
    result: Floats = sums.T @ sums * len(names) / (len(names) - 1)
    return result


def _wald(value: float, error: float) -> Interval:
    return float(value - Z95 * error), float(value + Z95 * error)
