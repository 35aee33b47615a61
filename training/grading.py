"""A finished run to its evaluation: what its answers tell, what the catalog tells of them, and what the model shows.

`tell` needs arrays alone, and every run ends with it. `examine` adds the rest, `evaluate`'s: it asks the model some
thousands of questions, a few minutes for a small network.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from pydantic import TypeAdapter

from lesion.quality import QualitySpec
from training.catalog import Catalog, Record
from training.datareport.sizes import read_sizes
from training.evaluation.answers import Answers
from training.evaluation.calibration_error import calibration
from training.evaluation.classification import classification
from training.evaluation.confusions import confusions
from training.evaluation.coverage import coverage
from training.evaluation.decision_curve import decision_curve
from training.evaluation.interpretation import interpret
from training.evaluation.label_errors import label_errors
from training.evaluation.operating import operating
from training.evaluation.ranking import ranking
from training.evaluation.selective import selective
from training.evaluation.shortcuts import shortcuts
from training.evaluation.skin_tone import tones
from training.evaluation.strangers import strangers
from training.evaluation.subgroups import subgroups
from training.evaluation.subject import Images, Logits, Metadata, Subject
from training.evaluation.usability import usability
from training.evaluation.wall import Pictures
from training.pipeline import InOrder

BATCH = 64

Sections = dict[str, Any]
"""Fields of `training.evaluation.evaluation.Evaluation`, by name."""


def tell(answers: Answers, records: list[Record]) -> Sections:
    """What needs no model: `records` are of the answered images, in order."""
    return {
        "classification": classification(answers),
        "ranking": ranking(answers),
        "calibration": calibration(answers),
        "operating": operating(answers) if answers.spec.operating_points else None,
        "decision_curve": decision_curve(answers),
        "coverage": None
        if answers.spec.prediction_sets is None
        else (coverage(answers, "class_conditional"), coverage(answers, "marginal")),
        "selective": selective(answers),
        "confusions": confusions(answers),
        "label_errors": label_errors(answers, records),
    }


def to_json(sections: Sections) -> str:
    """As report.json holds them; those that could not be told are null."""
    return TypeAdapter(Sections).dump_json(sections, indent=2).decode() + "\n"


@dataclass(frozen=True)
class Examination:
    """A model, the part that it is examined on, what it learned from, and the files of that part's images."""

    model: keras.Model
    part: InOrder
    train: InOrder
    files: Catalog
    answers: Answers
    quality: QualitySpec

    def __post_init__(self) -> None:
        """Raises `ValueError` when the answers are not those to the part's images, in its order."""
        if self.answers.predictions.image_id.tolist() != [record.image_id for record in self.part.records]:
            raise ValueError(f"Expected answers to the {len(self.part.records)} images, in order. Received others.")

    def examine(self) -> tuple[Sections, Pictures]:
        """Subgroups, shortcuts, strangers, errors, what explanations are worth; and the gallery's pictures."""
        subject, sizes = self._subject(), read_sizes(Catalog(self.part.records, self.files.images))
        names = [record.image_id for record in subject.records]
        inside = interpret(self.model, self.train, self.part, self.answers, subject)
        return {
            "subgroups": subgroups(
                self.answers,
                subject.records,
                tones(names, subject.images),
                dict(zip(names, sizes, strict=True)),
            ),
            "shortcuts": shortcuts(subject, self.answers.spec),
            "usability": usability(subject.images, sizes, self.quality),
            "strangers": strangers(subject, self.answers, self.quality),
            "gallery": inside.gallery,
            "position": inside.position,
            "faithfulness": inside.faithfulness,
        }, inside.pictures

    def _subject(self) -> Subject:
        return Subject(
            ask=partial(ask, self.model),
            images=self.part.pixels[self.part.rows],
            metadata=self.part.metadata,
            records=self.part.records,
            metadata_spec=self.part.spec,
            target=self.part.target,
        )


def ask(model: keras.Model, images: Images, metadata: Metadata) -> Logits:
    """Logits float32 (N, L) of any images, in batches."""
    parts = [
        np.asarray(
            model.predict_on_batch({"image": images[at : at + BATCH], "metadata": metadata[at : at + BATCH]}),
            np.float32,
        )
        for at in range(0, len(images), BATCH)
    ]
    return np.concatenate(parts)
