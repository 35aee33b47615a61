"""The images that a gallery shows, with all that is known of them, hung as entries and their pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.catalog import Record
from training.evaluation import photograph
from training.evaluation.answers import Answers, Integers
from training.evaluation.entry import Entry, EvidenceMap, Term
from training.evaluation.explanation import Explanation, Floats32
from training.evaluation.neighbors import Nearest
from training.evaluation.overlay import overlay
from training.evaluation.subject import Images

TERMS = 3
"""Columns of the metadata that an entry tells."""

Pictures = dict[str, bytes]
"""File name to JPEG or PNG."""


@dataclass(frozen=True)
class Wall:
    """n images: what was answered, `records`, `images` uint8 (n, S, S, 3), why, and what is like them, in one order.

    `alone` is what is answered when nothing is known of the patients; `explanation` is None where the model has none;
    `columns` names the K columns of its metadata terms.
    """

    answers: Answers
    alone: Answers
    records: Sequence[Record]
    images: Images
    explanation: Explanation | None
    nearest: Nearest
    columns: Sequence[str]

    def entries(self) -> tuple[Entry, ...]:
        """One an image."""
        return tuple(self._entry(row) for row in range(len(self.records)))

    def pictures(self) -> Pictures:
        """Every picture that the entries name."""
        found: Pictures = {}
        learned = self.nearest.learned
        for row, record in enumerate(self.records):
            found[photograph.name_of(record.image_id)] = photograph.jpeg(self.images[row])
            for place in self.nearest.places[row].tolist():
                found[photograph.name_of(learned.records[place].image_id)] = photograph.jpeg(learned.image(place))
            for each, evidence in zip(self._maps(row), self._evidence[row], strict=True):
                found[each.picture] = overlay(self.images[row], evidence, each.limit)
        return found

    @cached_property
    def _categories(self) -> Integers:
        """Of each image the two whose maps are shown, int64 (n, 2): the answer, and what it should have been.

        Where the answer is the label and only the suspicion was wrong: the likeliest of the other kind.
        """
        answers, probabilities = self.answers, self.answers.decision.probabilities
        answer, malignant = probabilities.argmax(axis=1), np.array(answers.malignant_classes)
        other_kind = malignant[None] != malignant[answer][:, None]
        likeliest = np.where(other_kind, probabilities, -1.0).argmax(axis=1)
        return np.stack([answer, np.where(answer == answers.label, likeliest, answers.label)], axis=1)

    @cached_property
    def _evidence(self) -> Floats32:
        """Their maps float32 (n, 2, h, w); (n, 0, 1, 1) of a model that has none."""
        if self.explanation is None:
            return np.zeros((len(self.records), 0, 1, 1), np.float32)
        return np.stack([self.explanation.maps(classes) for classes in self._categories.T], axis=1)

    @cached_property
    def _added(self) -> Floats32:
        """What each column of the metadata adds to the answer's logit, float32 (n, K); K = 0 where there are none."""
        if self.explanation is None:
            return np.zeros((len(self.records), 0), np.float32)
        return self.explanation.terms(self._categories[:, 0])

    def _entry(self, row: int) -> Entry:
        decision, record, classes = self.answers.decision, self.records[row], self.answers.classes
        point, malignancy = decision.point, float(decision.malignancy[row])
        return Entry(
            image_id=record.image_id,
            lesion_id=str(self.answers.predictions.lesion_id[row]),
            picture=photograph.name_of(record.image_id),
            label=classes[self.answers.label[row]],
            answer=classes[self._categories[row, 0]],
            outcome=None if decision.outcome is None else decision.outcome[row],
            probabilities=dict(zip(classes, decision.probabilities[row].tolist(), strict=True)),
            malignancy=malignancy,
            malignancy_alone=float(self.alone.decision.malignancy[row]),
            margin=None if point is None or point.threshold is None else malignancy - point.threshold,
            age_years=record.age,
            sex=record.sex,
            site=record.site,
            confirmation=record.confirmation or None,
            maps=tuple(self._maps(row)),
            terms=tuple(self._terms(row)),
            neighbors=self.nearest.of(row),
        )

    def _maps(self, row: int) -> Iterator[EvidenceMap]:
        """Both on one scale, so that they can be compared."""
        limit = float(np.abs(self._evidence[row]).max(initial=0.0)) or 1.0
        for place, evidence in zip(self._categories[row].tolist(), self._evidence[row], strict=False):
            category = self.answers.classes[place]
            yield EvidenceMap(
                category=category,
                picture=f"{self.records[row].image_id}.{category}.png",
                logit=float(evidence.mean()),
                limit=limit,
            )

    def _terms(self, row: int) -> Iterator[Term]:
        added = self._added[row]
        for place in np.argsort(-np.abs(added), kind="stable")[:TERMS].tolist():
            if added[place]:
                yield Term(column=self.columns[place], logit=float(added[place]))
