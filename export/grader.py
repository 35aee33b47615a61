"""Grades a variant beside the run that was evaluated, on images that neither learned from.

That is validation, which chose the run's best epoch for both alike, and calibration. A variant gets a decision of its
own, calibrated on its own answers as the run's was, and is then compared with the run's answers.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from export.proof import joined, prove
from export.session import Session
from lesion.decision import DecisionSpec
from lesion.variant import Proof
from training import predictions, run
from training.asking.asked import predictions_of
from training.calibrate import calibrate
from training.errors import InvalidData
from training.evaluation.answers import Answers
from training.finished import Finished
from training.pipeline import InOrder
from training.predictions import Predictions
from training.prior import supposed
from training.splits import Part

SAME = 0.01
"""How far logits of one model may be apart, Keras's and ONNX Runtime's."""
CHOSEN_BY: tuple[Part, ...] = ("validation", "calibration")


@dataclass(frozen=True)
class Candidate:
    """A graph that may become a variant."""

    graph: onnx.ModelProto
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graded:
    """A candidate with its decision and its proof."""

    candidate: Candidate
    session: Session
    decision: DecisionSpec
    proof: Proof


class Grader:
    """The run that was evaluated, and the images it answered."""

    def __init__(self, finished: Path, data: Path, cached: Path, bound: float) -> None:
        self.model, self.bound = Finished.read(finished), bound
        self.opened = run.reopen(finished, data, cached)
        self._folder = finished / predictions.FOLDER
        batches = self.opened.batches()
        self._supposed = supposed(self.model.config.fit.loss, batches.class_shares, batches.class_counts)

    def training_images(self, count: int) -> InOrder:
        """So many images of those the model learned from, drawn from the whole, in catalog order."""
        rows, records = self.opened.learned_from()
        drawn = np.random.default_rng(0).choice(len(rows), min(count, len(rows)), replace=False)
        chosen = np.sort(drawn).tolist()
        config = self.opened.config
        return InOrder(
            self.opened.pixels,
            [records[place] for place in chosen],
            [rows[place] for place in chosen],
            config.metadata,
            target=self.opened.target,
        )

    def expect_answers_of(self, float32: Session) -> None:
        """Raises `InvalidData` unless a graph answers calibration as the run did: it was made from it."""
        own = Predictions.read(self._folder / "calibration.npz")
        asked = self._ask(float32, "calibration")
        same = own.image_id.tolist() == asked.image_id.tolist()
        off = float(np.abs(own.logits - asked.logits).max()) if same else np.inf
        if not off <= SAME:
            raise InvalidData(
                f"The bundle was not made from {self.model.path}: it answers calibration otherwise. Expected logits "
                f"within {SAME}. Received a difference of {off:.2g}."
            )

    def grade(self, candidate: Candidate) -> Graded:
        """Calibrate a candidate's answers, and compare them with the model's."""
        session = Session(candidate.graph)
        validation, calibration = (self._ask(session, part) for part in CHOSEN_BY)
        decision = calibrate(validation, calibration, self.opened.target, self._supposed)
        proof = self._prove(joined([validation, calibration]), decision, CHOSEN_BY)
        return Graded(candidate, session, decision, proof)

    def test(self, graded: Graded) -> Proof | None:
        """The same comparison on test. None while the run has not opened it."""
        if not (self._folder / "test.npz").is_file():
            return None
        return self._prove(self._ask(graded.session, "test"), graded.decision, ("test",))

    def _ask(self, session: Session, part: Part) -> Predictions:
        images = self.opened.in_order(part)
        return predictions_of(images, session.answers(images))

    def _prove(self, asked: Predictions, decision: DecisionSpec, parts: tuple[Part, ...]) -> Proof:
        own = joined([Predictions.read(self._folder / f"{part}.npz") for part in parts])
        target = self.opened.target
        return prove(
            Answers.of(asked, decision, target), Answers.of(own, self.model.decision, target), parts, self.bound
        )
