"""What an answer of the service says, read for evaluation, and the logits that it came from.

    p = softmax(z / T + log_prior)        so  z = T (log p - log_prior) + c, one c an image
    unknown = -log Σ exp(z)               so  c is what makes that of z the score that was answered

Without a score c stays 0: no probability depends on it. A probability of 0, or so near to it that a float holds only
some of its digits, has lost its logit: it stands for an image of which two logits differ by some 700 temperatures.
"""

from typing import Literal

import numpy as np
from pydantic import BaseModel

from lesion.decision import DecisionSpec, Floats, Outcome, energy
from training.asking.bundle import Bundle
from training.errors import InvalidData

REJECTED: Literal["rejected"] = "rejected"
REFERENCE = "image_id"
LEAST = float(np.finfo(np.float64).tiny)
"""The smallest float with all its digits, 2.2e-308."""


class Model(BaseModel):
    """Who answered."""

    digest: str
    precision: str


class Diagnosis(BaseModel):
    """A category and its probability."""

    category: str
    probability: float


class Malignancy(BaseModel):
    """At which operating point the outcome was found, None where there is none."""

    sensitivity: float | None = None


class Finding(BaseModel):
    """Something a picture is not good enough in."""

    code: str


class Quality(BaseModel):
    """Why a picture was rejected."""

    findings: tuple[Finding, ...] = ()


class UnknownScore(BaseModel):
    """How unlike all that the model knows the picture is."""

    score: float | None = None


class Answer(BaseModel):
    """The fields of an answer that evaluation reads; it may have others, and what an older service lacks is None."""

    model: Model
    references: dict[str, str]
    diagnoses: tuple[Diagnosis, ...] | None = None
    malignancy: Malignancy | None = None
    outcome: Outcome | None = None
    unknown: UnknownScore | None = None
    quality: Quality | None = None

    @property
    def reasons(self) -> str:
        """What is wrong with the picture, in the codes of the service."""
        return ", ".join(finding.code for finding in self.quality.findings) if self.quality else ""

    @property
    def score(self) -> float | None:
        """The unknown score, None where none was answered."""
        return None if self.unknown is None else self.unknown.score

    def expect_of(self, bundle: Bundle, image_id: str) -> None:
        """Raises `InvalidData` unless this bundle and variant answered, about this image."""
        expected = (bundle.digest, bundle.variant.precision, image_id)
        received = (self.model.digest, self.model.precision, self.references.get(REFERENCE))
        if received != expected:
            raise InvalidData(
                f"The service answers with another model than {bundle.directory}, or about another image. "
                f"Expected {expected}. Received {received}."
            )

    def logits(self, bundle: Bundle) -> Floats:
        """float64 (C,), in the bundle's class order. Raises `InvalidData` when they cannot be told from the answer."""
        given = {item.category: item.probability for item in self.diagnoses or ()}
        if sorted(given) != sorted(bundle.codes):
            raise InvalidData(
                f"The answer about {self.references.get(REFERENCE)} must hold each class once. Expected "
                f"{sorted(bundle.codes)}. Received {sorted(given)}."
            )
        probabilities = np.array([given[code] for code in bundle.codes])
        if probabilities.min() < LEAST:
            raise InvalidData(
                f"The logits of {self.references.get(REFERENCE)} are lost: a probability rounds to nothing. Expected "
                f"at least {LEAST:.1e}. Received {probabilities.min()}. Ask the ONNX file instead."
            )
        return recover(probabilities, bundle.variant.decision, self.score)


def recover(probabilities: Floats, spec: DecisionSpec, score: float | None) -> Floats:
    """Logits float64 (C,) from probabilities (C,) above 0 and, where there is one, the unknown score."""
    prior = np.array(spec.log_prior) if spec.log_prior else 0.0
    logits: Floats = spec.temperature * (np.log(probabilities) - prior)
    return logits if score is None else logits + float(energy(logits)) - score
