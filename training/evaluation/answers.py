"""Predictions read by a decision: the arrays that every metric is computed from, whoever made the predictions."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from lesion.decision import SENSITIVITY, Decision, DecisionSpec, Floats, decide, even
from training.predictions import Predictions, classes_of, one_a_lesion
from training.target import ISIC2019, Target

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """What was answered to N images, C classes, and what is true.

    `logits` float64 (N, C), before any calibration; `label` int64 (N,), positions in `classes`;
    `malignant` bool (N,), by the label; `malignant_classes` C bools;
    `even` float64 (N, C), probabilities if all classes were equally frequent, which balanced accuracy is computed from;
    `decision.probabilities` float64 (N, C), calibrated for the frequencies of the data; `predictions` holds the ids.
    """

    predictions: Predictions
    spec: DecisionSpec
    classes: tuple[str, ...]
    malignant_classes: tuple[bool, ...]
    logits: Floats
    label: Integers
    malignant: Booleans
    even: Floats
    decision: Decision

    @classmethod
    def of(cls, predictions: Predictions, spec: DecisionSpec, target: Target = ISIC2019) -> Self:
        """Decide as the service does where nobody has chosen otherwise.

        Where the data could not promise `SENSITIVITY`, at the largest that it could. Raises `ValueError` on predictions
        of other categories than the target's.
        """
        logits, label = classes_of(predictions, target)
        return cls(
            predictions=predictions,
            spec=spec,
            classes=target.classes,
            malignant_classes=target.malignant_classes,
            logits=logits,
            label=label,
            malignant=np.array(target.malignant)[predictions.label],
            even=even(logits, spec),
            decision=decide(logits, target.malignant_classes, spec, sensitivity=_sensitivity(spec)),
        )

    def take(self, positions: Integers | Booleans) -> Self:
        """The answers at some positions (n,), or where a mask (N,) holds, in order."""
        chosen = np.arange(len(self.label))[positions]
        return type(self)(
            predictions=self.predictions.take(chosen),
            spec=self.spec,
            classes=self.classes,
            malignant_classes=self.malignant_classes,
            logits=self.logits[chosen],
            label=self.label[chosen],
            malignant=self.malignant[chosen],
            even=self.even[chosen],
            decision=self.decision.take(chosen),
        )

    def independent(self) -> Self:
        """One image of each lesion: what counting laws (binomial, conformal) suppose."""
        return self.take(one_a_lesion(self.predictions))


def _sensitivity(spec: DecisionSpec) -> float:
    offered = spec.sensitivities
    return SENSITIVITY if SENSITIVITY in offered or not offered else offered[-1]
