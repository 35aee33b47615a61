"""A student beside its teachers, on the same images: quality, size, cost and latency."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from pydantic import BaseModel, ConfigDict

from lesion.decision import DecisionSpec
from training import cache, predictions
from training.evaluate import evaluate, groupings
from training.evaluation.answers import Answers
from training.evaluation.classification import chosen
from training.evaluation.paired import answered, expect_same
from training.finished import Finished
from training.latency import latency_ms
from training.models.cost import cost
from training.predict import predict
from training.predictions import Predictions
from training.run import Data
from training.splits import Part
from training.target import Target


class Lead(BaseModel):
    """The student's balanced accuracy less a teacher's, with its interval; and the share of equal answers."""

    model_config = ConfigDict(frozen=True)

    balanced_accuracy: float
    interval: tuple[float, float]
    agreement: float


class Row(BaseModel):
    """One model, or the mean of all teachers. Intervals are 95 %, by lesion."""

    model_config = ConfigDict(frozen=True)

    name: str
    parameters: int
    megabytes: float
    flops: int
    latency_ms: float
    balanced_accuracy: float
    balanced_accuracy_interval: tuple[float, float]
    malignancy_auc: float
    lead: Lead | None
    """None for the student itself."""


class Comparison(BaseModel):
    """The student first, then its teachers, then their mean where there are several."""

    model_config = ConfigDict(frozen=True)

    part: Part
    images: int
    lesions: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class _Answered:
    name: str
    models: tuple[keras.Model, ...]
    answers: Predictions
    decision: DecisionSpec


def compare(student: Finished, teachers: Sequence[Finished], opened: Data, cached: Path) -> Comparison:
    """Grade all on test where the student has answered it, else on calibration, each with images of its own size.

    `opened` is the student's data.
    """
    part: Part = "test" if _answers(student, "test").is_file() else "calibration"
    own = _Answered(student.name, (student.model(),), Predictions.read(_answers(student, part)), student.decision)
    others = [_asked(teacher, opened, part, cached) for teacher in teachers]
    if len(others) > 1:
        others.append(_mean(others))
    target = Target.of(student.config)
    rows = (_row(own, target, None), *(_row(other, target, _lead(own, other, target)) for other in others))
    told = own.answers
    return Comparison(part=part, images=len(told.label), lesions=len(set(told.lesion_id.tolist())), rows=rows)


def _answers(run: Finished, part: Part) -> Path:
    return run.path / predictions.FOLDER / f"{part}.npz"


def _asked(teacher: Finished, opened: Data, part: Part, cached: Path) -> _Answered:
    pixels = cache.build(opened.catalog, teacher.config.image, cached / opened.config.dataset)
    model = teacher.model()
    answers = predict(model, replace(opened, pixels=pixels).in_order(part))
    return _Answered(teacher.name, (model,), answers, teacher.decision)


def _mean(teachers: Sequence[_Answered]) -> _Answered:
    """All teachers as the student heard them: the mean of their logits."""
    return _Answered(
        "mean of the teachers",
        tuple(model for teacher in teachers for model in teacher.models),
        replace(teachers[0].answers, logits=np.mean([each.answers.logits for each in teachers], axis=0)),
        DecisionSpec(temperature=statistics.fmean(each.decision.temperature for each in teachers)),
    )


def _row(answered: _Answered, target: Target, lead: Lead | None) -> Row:
    told = evaluate(answered.answers, answered.decision, next(iter(groupings(target).values())), target)
    costs = [cost(model) for model in answered.models]
    parameters = sum(each.parameters for each in costs)
    return Row(
        name=answered.name,
        parameters=parameters,
        megabytes=4 * parameters / 1e6,
        flops=sum(each.flops for each in costs),
        latency_ms=latency_ms(answered.models),
        balanced_accuracy=told.balanced_accuracy,
        balanced_accuracy_interval=told.balanced_accuracy_interval,
        malignancy_auc=told.malignancy_auc,
        lead=lead,
    )


def _lead(student: _Answered, other: _Answered, target: Target) -> Lead:
    mine, theirs = (Answers.of(each.answers, each.decision, target) for each in (student, other))
    expect_same(mine, theirs)
    compared = answered(mine, theirs, "even").balanced_accuracy
    return Lead(
        balanced_accuracy=compared.value,
        interval=compared.interval,
        agreement=float((chosen(mine, "even") == chosen(theirs, "even")).mean()),
    )
