"""The costliest errors, one by one: missed malignancies first, then malignant lesions misnamed, then false alarms.

Pictures of patients do not go into the report's numbers: they are given apart, by name, for the page that shows them.
"""

from dataclasses import replace
from itertools import islice

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.patient import FIELDS, hide
from training.evaluation.answers import Answers
from training.evaluation.costliest import Kind, costliest
from training.evaluation.entry import Entry
from training.evaluation.explanation import Explanation
from training.evaluation.neighbors import Features, Learned, nearest
from training.evaluation.subject import Images, Metadata, Subject
from training.evaluation.wall import Pictures, Wall

LIMIT = 12
"""Entries of each kind."""


class Section(BaseModel):
    """Errors of one kind, costliest first, each lesion once."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    images: int = Field(description="Errors of this kind, shown or not, that are of no dearer kind.")
    lesions: int = Field(description="Lesions they are of.")
    entries: tuple[Entry, ...]


class Gallery(BaseModel):
    """Errors at the operating point."""

    model_config = ConfigDict(frozen=True)

    sensitivity: float | None = Field(description="That the operating point promises; None without one.")
    threshold: float | None = Field(description="Malignancy from which on a lesion is suspicious.")
    sections: tuple[Section, ...] = Field(
        description="`missed`: malignant and below the threshold, farthest first. `misnamed`: malignant, the most "
        "probable category another, surest first. `false alarm`: not malignant but suspicious, surest first."
    )


def gallery(
    answers: Answers,
    subject: Subject,
    features: Features,
    learned: Learned,
    explanation: Explanation | None,
    limit: int = LIMIT,
) -> tuple[Gallery, Pictures]:
    """Find the costliest errors, explain them, and find the training images most like them.

    `answers`, `subject`, `features` (N, D) and `explanation` (None: the model has none) are of the same N images in
    order. Raises `Leak` when a lesion among the errors is also among the training images.
    """
    kinds = costliest(answers, limit)
    places = np.concatenate([each.shown for each in kinds])
    records = [subject.records[place] for place in places.tolist()]
    relative = None if explanation is None else explanation.relative_to(explanation.evidence.mean(axis=0)).take(places)
    images, shown = subject.images[places], answers.take(places)
    wall = Wall(
        answers=shown,
        alone=_alone(shown, subject, images, subject.metadata[places]),
        records=records,
        images=images,
        explanation=relative,
        nearest=nearest(features[places], records, learned),
        columns=subject.metadata_spec.columns,
    )
    entries = iter(wall.entries())
    point = answers.decision.point
    sections = tuple(
        Section(
            kind=each.kind, images=each.images, lesions=each.lesions, entries=tuple(islice(entries, len(each.shown)))
        )
        for each in kinds
    )
    found = Gallery(
        sensitivity=None if point is None else point.sensitivity,
        threshold=None if point is None else point.threshold,
        sections=sections,
    )
    return found, wall.pictures()


def _alone(answers: Answers, subject: Subject, images: Images, metadata: Metadata) -> Answers:
    """What is answered to images (n, S, S, 3) when no field of their metadata (n, K) is known."""
    nothing = hide(metadata, np.ones((len(metadata), len(FIELDS)), bool), subject.metadata_spec)
    logits = subject.ask(images, nothing) if len(images) else answers.predictions.logits
    return Answers.of(replace(answers.predictions, logits=logits), answers.spec, subject.target)
