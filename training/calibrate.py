"""Predictions on the validation split to the numbers the decision reads."""

import numpy as np
from scipy.optimize import minimize_scalar

from lesion.decision import DecisionSpec, Floats, softmax
from training.predictions import Predictions, classes_of
from training.target import ISIC2019, Target

RANGE = (0.05, 20.0)


def fit_temperature(validation: Predictions, target: Target = ISIC2019, prior: Floats | None = None) -> DecisionSpec:
    """The temperature with the least negative log-likelihood (Guo et al., 2017).

    Categories weigh as frequent as the model's answers suppose them: `prior` (C,), equal parts without it
    (`training.prior`).
    """
    logits, label = classes_of(validation, target)
    counts = np.bincount(label, minlength=logits.shape[1])
    weight = (np.ones(logits.shape[1]) if prior is None else prior)[label] / counts[label]
    rows = np.arange(len(label))

    def loss(log_temperature: float) -> float:
        chance = softmax(logits / np.exp(log_temperature))[rows, label]
        return float(-(weight * np.log(np.maximum(chance, 1e-300))).sum() / weight.sum())

    found = minimize_scalar(loss, bounds=np.log(RANGE), method="bounded")
    return DecisionSpec(temperature=float(np.exp(found.x)))
