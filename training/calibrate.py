"""Predictions to the numbers the decision reads: probabilities from validation, every threshold from calibration."""

import numpy as np

from lesion.decision import DecisionSpec, Floats, decide
from training.calibration.operating_points import fit_operating_points
from training.calibration.prediction_sets import fit_prediction_sets
from training.calibration.probabilities import fit_probabilities
from training.calibration.unknown import fit_unknown
from training.predictions import Predictions, classes_of, one_a_lesion
from training.target import ISIC2019, Target


def calibrate(
    validation: Predictions, calibration: Predictions, target: Target = ISIC2019, supposed: Floats | None = None
) -> DecisionSpec:
    """The whole decision. `supposed` (C,): how frequent training's answers suppose the classes (`training.prior`).

    Thresholds are set on one image of each lesion, for the laws that they rest on count independent draws, and on
    another part than the probabilities, for those have seen theirs.
    """
    probable = calibrate_probabilities(validation, target, supposed)
    chosen = calibration.take(one_a_lesion(calibration))
    logits, label = classes_of(chosen, target)
    decided = decide(logits, target.malignant_classes, probable)
    malignant = np.array(target.malignant)[chosen.label]
    return probable.model_copy(
        update={
            "operating_points": fit_operating_points(decided.malignancy, malignant),
            "prediction_sets": fit_prediction_sets(decided.probabilities, label),
            "unknown": fit_unknown(logits),
        }
    )


def calibrate_probabilities(
    validation: Predictions, target: Target = ISIC2019, supposed: Floats | None = None
) -> DecisionSpec:
    """Temperature and prior alone."""
    logits, label = classes_of(validation, target)
    classes = logits.shape[1]
    temperature, log_prior = fit_probabilities(
        logits, label, np.full(classes, 1 / classes) if supposed is None else supposed
    )
    return DecisionSpec(temperature=temperature, log_prior=log_prior)
