"""Whether probabilities mean what they say."""

from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats, softmax
from training.evaluation.answers import Answers, Booleans, Integers
from training.evaluation.recalibration import Recalibration
from training.evaluation.reliability import ExpectedError, Reliability, binary, class_wise, equal_width

Reading = Literal["raw", "temperature", "decision"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Proper(_Part):
    """Scores that are best for the true probabilities alone. Less is better."""

    brier: float = Field(description="Squared distance of probabilities and truth, summed over classes: 0 to 2.")
    malignancy_brier: float = Field(description="Squared distance of malignancy and truth: 0 to 1.")
    log_loss: float = Field(description="Negative log-likelihood an image, nats.")

    @classmethod
    def of(cls, probabilities: Floats, label: Integers, malignancy: Floats, malignant: Booleans) -> Self:
        """Of probabilities (N, C) and malignancy (N,), by label and truth (N,)."""
        truth = np.eye(probabilities.shape[1])[label]
        own = probabilities[np.arange(len(label)), label]
        return cls(
            brier=float(((probabilities - truth) ** 2).sum(axis=1).mean()),
            malignancy_brier=float(((malignancy - malignant) ** 2).mean()),
            log_loss=float(np.log(1 / np.maximum(own, np.finfo(np.float64).tiny)).mean()),
        )


class Calibrated(_Part):
    """Calibration of one set of images."""

    images: int
    top: Reliability = Field(description="Probability of the most probable class, against its being right.")
    malignancy: Reliability = Field(description="Probability of malignancy, against malignancy.")
    class_wise: ExpectedError = Field(
        description="Mean over the classes of each one's ECE against all others, 15 bins of equal width."
    )
    scores: Proper
    recalibration: Recalibration | None = Field(
        description="Of malignancy. None where all or none are, or a threshold tells them apart perfectly."
    )


class Stage(_Part):
    """What one reading of the same logits is worth, on one image a lesion."""

    reading: Reading = Field(
        description="raw: softmax of the logits. temperature: after division by it. decision: and with the prior."
    )
    top: ExpectedError = Field(description="Of the most probable class, 15 bins of equal width.")
    malignancy: ExpectedError = Field(description="Of malignancy, 15 bins of equal width.")
    class_wise: ExpectedError
    scores: Proper


class Calibration(_Part):
    """All of it, on all images and on one image a lesion.

    The ranges of a perfectly calibrated model and the Wilson intervals suppose independent images: they are valid in
    `independent`, where there is one a lesion. In `all_images` they are too narrow, and only the intervals by lesion
    hold.
    """

    all_images: Calibrated
    independent: Calibrated
    stages: tuple[Stage, ...] = Field(description="Before and after, in the order of processing.")


def calibration(answers: Answers, *, seed: int = 0) -> Calibration:
    """Of the decision's probabilities, and of what they were before."""
    alone = answers.independent()
    calibrated = _calibrated(alone, seed)
    decided = Stage(
        reading="decision",
        top=calibrated.top.equal_width,
        malignancy=calibrated.malignancy.equal_width,
        class_wise=calibrated.class_wise,
        scores=calibrated.scores,
    )
    before = (_stage("raw", softmax(alone.logits), alone, seed), _stage("temperature", alone.even, alone, seed))
    return Calibration(all_images=_calibrated(answers, seed), independent=calibrated, stages=(*before, decided))


def _calibrated(answers: Answers, seed: int) -> Calibrated:
    told, lesions = answers.decision, answers.predictions.lesion_id
    confidence, right = top(told.probabilities, answers.label)
    return Calibrated(
        images=len(answers.label),
        top=Reliability.of(confidence, right, lesions, seed=seed),
        malignancy=Reliability.of(told.malignancy, answers.malignant, lesions, seed=seed),
        class_wise=class_wise(told.probabilities, answers.label, lesions, seed=seed),
        scores=Proper.of(told.probabilities, answers.label, told.malignancy, answers.malignant),
        recalibration=Recalibration.of(told.malignancy, answers.malignant, lesions),
    )


def _stage(reading: Reading, probabilities: Floats, answers: Answers, seed: int) -> Stage:
    lesions = answers.predictions.lesion_id
    malignancy = np.minimum(probabilities[:, np.array(answers.malignant_classes)].sum(axis=1), 1.0)
    confidence, right = top(probabilities, answers.label)
    return Stage(
        reading=reading,
        top=binary(confidence, right, equal_width(confidence), lesions, seed=seed),
        malignancy=binary(malignancy, answers.malignant, equal_width(malignancy), lesions, seed=seed),
        class_wise=class_wise(probabilities, answers.label, lesions, seed=seed),
        scores=Proper.of(probabilities, answers.label, malignancy, answers.malignant),
    )


def top(probabilities: Floats, label: Integers) -> tuple[Floats, Booleans]:
    """The greatest of each row's probabilities (N, C), and whether it is the label's: (N,), (N,)."""
    first = probabilities.argmax(axis=1)
    return probabilities.max(axis=1), first == label
