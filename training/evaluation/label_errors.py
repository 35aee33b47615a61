"""Labels that the model's own errors speak against, by confident learning (Northcutt, Jiang and Chuang, 2021).

A class's threshold is the mean probability that images labeled so are given for it. An image counts as truly of class k
where its probability for k reaches k's threshold (of several such classes, the most probable). Where that k is not its
label, the label is suspected. Only predictions on images that the model did not learn from can say so.

A suspicion is a reason to look, no more: the model errs more often than a pathologist does.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.catalog import Record
from training.evaluation.answers import Answers, Integers

NOT_STATED = "not stated"


class Suspect(BaseModel):
    """One image whose label is suspected."""

    model_config = ConfigDict(frozen=True)

    rank: int = Field(description="1 is the most suspected: by margin, least first.")
    image_id: str
    lesion_id: str
    label: str
    suggested: str = Field(description="What confident learning takes it for.")
    self_confidence: float = Field(description="Calibrated probability of the label, 0 to 1.")
    margin: float = Field(description="That less the largest probability of another class, -1 to 1.")
    confirmation: str = Field(description="How the label was confirmed, in the source's words; or `not stated`.")


class Confirmed(BaseModel):
    """Images whose labels were confirmed in one way, and how many of those labels are suspected."""

    model_config = ConfigDict(frozen=True)

    confirmation: str
    images: int
    suspected: int


class LabelErrors(BaseModel):
    """Suspected labels of one part."""

    model_config = ConfigDict(frozen=True)

    images: int = Field(description="Images looked at.")
    estimated_share: float = Field(
        description="Share of wrong labels, 0 to 1, by the confident joint scaled to the images of each class. An "
        "upper reading: the model's own confusions are in it."
    )
    by_confirmation: tuple[Confirmed, ...] = Field(description="Most images first.")
    suspects: tuple[Suspect, ...]


def label_errors(answers: Answers, records: Sequence[Record]) -> LabelErrors:
    """Suspected labels. `answers` must be out of sample, `records` those of the same images in the same order.

    Raises `ValueError` when the records are of other images.
    """
    ids = answers.predictions.image_id.tolist()
    if [record.image_id for record in records] != ids:
        raise ValueError(f"Records must be those of the {len(ids)} answered images, in order. Received others.")
    probabilities = answers.decision.probabilities
    supposed = suppose(probabilities, answers.label)
    margin = _margin(probabilities, answers.label)
    suspected = np.flatnonzero((supposed >= 0) & (supposed != answers.label))
    suspected = suspected[np.argsort(margin[suspected], kind="stable")]
    return LabelErrors(
        images=len(ids),
        estimated_share=_share(answers.label, supposed, len(answers.classes)),
        by_confirmation=_by_confirmation(records, suspected.tolist()),
        suspects=tuple(
            Suspect(
                rank=rank,
                image_id=ids[place],
                lesion_id=str(answers.predictions.lesion_id[place]),
                label=answers.classes[answers.label[place]],
                suggested=answers.classes[supposed[place]],
                self_confidence=float(probabilities[place, answers.label[place]]),
                margin=float(margin[place]),
                confirmation=_confirmation(records[place]),
            )
            for rank, place in enumerate(suspected.tolist(), start=1)
        ),
    )


def suppose(probabilities: Floats, label: Integers) -> Integers:
    """What each image is confidently of, int64 (N,): a class, or -1 where no class reaches its threshold.

    From probabilities (N, C) and labels (N,). A class that no image is labeled with is never supposed.
    """
    seen = np.bincount(label, minlength=probabilities.shape[1])
    own = np.bincount(label, probabilities[np.arange(len(label)), label], minlength=len(seen))
    threshold = np.divide(own, seen, out=np.full(len(seen), np.inf), where=seen > 0)
    confident = np.where(probabilities >= threshold, probabilities, -1.0)
    return np.where(confident.max(axis=1) < 0, -1, confident.argmax(axis=1)).astype(np.int64)


def _margin(probabilities: Floats, label: Integers) -> Floats:
    rows = np.arange(len(label))
    others = probabilities.copy()
    others[rows, label] = -np.inf
    margin: Floats = probabilities[rows, label] - others.max(axis=1)
    return margin


def _share(label: Integers, supposed: Integers, classes: int) -> float:
    """Off the diagonal of the confident joint, each row scaled to the images with that label."""
    joint: npt.NDArray[np.int64] = np.zeros((classes, classes), np.int64)
    sure = supposed >= 0
    np.add.at(joint, (label[sure], supposed[sure]), 1)
    rows, seen = joint.sum(axis=1), np.bincount(label, minlength=classes)
    wrong = np.divide(rows - joint.diagonal(), rows, out=np.zeros(classes), where=rows > 0)
    return float((wrong * seen).sum() / seen.sum())


def _by_confirmation(records: Sequence[Record], suspected: Sequence[int]) -> tuple[Confirmed, ...]:
    images = Counter(_confirmation(record) for record in records)
    doubted = Counter(_confirmation(records[place]) for place in suspected)
    return tuple(
        Confirmed(confirmation=word, images=count, suspected=doubted[word]) for word, count in images.most_common()
    )


def _confirmation(record: Record) -> str:
    return record.confirmation or NOT_STATED
