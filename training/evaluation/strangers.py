"""What becomes of pictures that are no dermoscopic image: rejected, undetermined, or answered after all."""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import DecisionSpec, Outcome
from lesion.patient import Patient, encode
from lesion.quality import QualitySpec, assess
from training.evaluation.answers import Answers, Booleans
from training.evaluation.selective import Separation, separation
from training.evaluation.subject import Subject
from training.evaluation.unfamiliar import unfamiliar
from training.predictions import Predictions


class Strangers(BaseModel):
    """One kind of pictures. Shares are of all of them."""

    model_config = ConfigDict(frozen=True)

    kind: str
    pictures: int
    rejected: float = Field(description="Share that the quality gate stops.")
    undetermined: float | None = Field(
        description="Share that passes the gate and is undetermined. None, as the next two, without an operating point."
    )
    suspicious: float | None = Field(description="Share that passes the gate and is suspicious.")
    reassured: float | None = Field(
        description="Share that passes both and is called not suspicious: the dangerous one."
    )
    separation: Separation | None = Field(description="Unknown scores against those of the part's images.")


def strangers(subject: Subject, answers: Answers, quality: QualitySpec) -> tuple[Strangers, ...]:
    """Every kind, then all together. `answers` are of the subject's images: the known ones.

    Nothing is known of the patients of such pictures.
    """
    size = subject.images.shape[1]
    odd = unfamiliar(size)
    usable = np.array([assess(image, (4 * size, 4 * size), quality).usable for image in odd.images])
    nobody = np.stack([encode(Patient(), subject.metadata_spec)] * len(odd.images))
    asked = _answers(subject, answers.spec, subject.ask(odd.images, nobody))
    kinds = [(str(kind), odd.kind == kind) for kind in dict.fromkeys(odd.kind.tolist())]
    return tuple(_of(kind, mask, usable, asked, answers) for kind, mask in [*kinds, ("all", odd.kind == odd.kind)])


def _answers(subject: Subject, spec: DecisionSpec, logits: np.ndarray) -> Answers:
    names = np.arange(len(logits)).astype(str)
    label = np.zeros(len(logits), np.int32)  # they have none; nothing here reads it
    given = Predictions(names, names, label, logits, np.array(subject.target.categories))
    return Answers.of(given, spec, subject.target)


def _of(kind: str, mask: Booleans, usable: Booleans, asked: Answers, known: Answers) -> Strangers:
    told = asked.decision.outcome

    def share(held: Booleans) -> float:
        return float(held[mask].mean())

    def answered(outcome: Outcome) -> float | None:
        return None if told is None else share(usable & (np.array(told) == outcome))

    unknown, spec = asked.decision.unknown, asked.spec.unknown
    return Strangers(
        kind=kind,
        pictures=int(mask.sum()),
        rejected=share(~usable),
        undetermined=answered("undetermined"),
        suspicious=answered("suspicious"),
        reassured=answered("not_suspicious"),
        separation=None
        if unknown is None or known.decision.unknown is None or spec is None
        else separation(known.decision.unknown, unknown[mask], spec.threshold),
    )
