"""What a model still knows when it should not, and what it changes when it should not.

Every test changes the same images in one way and asks the same model again. Where only a part of the picture is left,
all metadata are hidden: what the model then knows, it knows from that part.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import DecisionSpec
from training.bootstrap import differences
from training.evaluation import shortcut_words as words
from training.evaluation.answers import Answers, Integers
from training.evaluation.changes import AS_IS, Change, Kind, changes
from training.evaluation.classification import balanced
from training.evaluation.estimate import Estimate
from training.evaluation.malignancy import malignancy_auc
from training.evaluation.share import DependentShare
from training.evaluation.subject import Subject
from training.predictions import Predictions

LIMIT = 1000
"""Images that are asked about, if there are more: figures of rare classes gain little from the rest."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Shortcut(_Part):
    """The same images, changed in one way, answered by the same model."""

    name: str
    kind: Kind = Field(
        description="reference: as in use. region: only a part of the picture, no metadata. metadata: what is known of "
        "the patient changed, hidden or alone. painted: something added that says nothing of the lesion."
    )
    shown: str = Field(description="What the model was shown.")
    balanced_accuracy: Estimate = Field(description="Mean recall over the classes present, 0 to 1.")
    balanced_accuracy_change: Estimate = Field(description="Less that of the images as they are; paired draws.")
    malignancy_auc: Estimate = Field(description="0 to 1. Without a value unless there are images of both kinds.")
    malignancy_change: float = Field(description="Mean of P(malignant) less that of the images as they are, -1 to 1.")
    malignancy_shift: float = Field(description="Mean size of that change, whatever its sign, 0 to 1.")
    false_alarms: DependentShare | None = Field(
        description="Of images that are not malignant and were not suspicious, those that became so. None without a "
        "threshold."
    )
    missed: DependentShare | None = Field(
        None,
        description="Of malignant images that were suspicious, those that no longer are. None without a threshold.",
    )
    flips: DependentShare | None = Field(description="Images whose outcome changed. None without a threshold.")
    reads: str = Field(description="The row in a sentence, made from its numbers.")


class Shortcuts(_Part):
    """All tests, on the same images.

    Knowing from what should not tell points to a shortcut, but for large lesions that reach beyond the middle or the
    cover. Not knowing is no proof that there is none, for changed pictures are unlike all that the model has seen.
    """

    images: int
    lesions: int
    of: int = Field(description="Images of the part, from which these were drawn, every class in proportion.")
    seed: int
    classes: int = Field(description="Classes present.")
    chance: float = Field(description="Balanced accuracy of one who knows nothing: 1 / classes present.")
    rows: tuple[Shortcut, ...]


def shortcuts(subject: Subject, spec: DecisionSpec, *, limit: int = LIMIT, seed: int = 0) -> Shortcuts:
    """Ask about every change of about `limit` images, drawn by lot with every class in proportion."""
    label = subject.target.positions(subject.records)
    own = _at(subject, stratified(label, limit, seed))
    asked = [(change, _answers(own, change, spec)) for change in changes(own, seed=seed)]
    answers = {change.name: given for change, given in asked}
    as_is = answers[AS_IS]
    present = len(np.unique(as_is.label))
    return Shortcuts(
        images=len(as_is.label),
        lesions=len(np.unique(as_is.predictions.lesion_id)),
        of=len(label),
        seed=seed,
        classes=present,
        chance=1 / present,
        rows=tuple(_with_words(_row(change, given, as_is, seed), 1 / present) for change, given in asked),
    )


def stratified(label: npt.NDArray[np.integer], limit: int, seed: int) -> Integers:
    """Ascending positions of about `limit` of labels (N,): of every class the same share, rounded up."""
    lot = np.random.default_rng(seed).permutation(len(label))
    share = min(1.0, limit / max(len(label), 1))
    drawn = [own[: int(np.ceil(share * len(own)))] for own in (lot[label[lot] == k] for k in np.unique(label))]
    return np.sort(np.concatenate(drawn))


def _at(subject: Subject, places: Integers) -> Subject:
    return replace(
        subject,
        images=subject.images[places],
        metadata=subject.metadata[places],
        records=[subject.records[place] for place in places.tolist()],
    )


def _answers(subject: Subject, change: Change, spec: DecisionSpec) -> Answers:
    records, target = subject.records, subject.target
    predictions = Predictions(
        image_id=np.array([record.image_id for record in records]),
        lesion_id=np.array([record.lesion_id or record.image_id for record in records]),
        label=target.positions(records),
        logits=subject.ask(change.images(), change.metadata()),
        categories=np.array(target.categories),
    )
    return Answers.of(predictions, spec, target)


def _row(change: Change, answers: Answers, as_is: Answers, seed: int) -> Shortcut:
    label, lesions, classes = answers.label, answers.predictions.lesion_id, len(answers.classes)
    hit, before = (each.even.argmax(axis=1) == label for each in (answers, as_is))
    moved = answers.decision.malignancy - as_is.decision.malignancy
    alone = differences(label, hit, np.zeros_like(hit), lesions, classes, seed=seed)
    again = differences(label, hit, before, lesions, classes, seed=seed)
    return Shortcut(
        name=change.name,
        kind=change.kind,
        shown=change.shown,
        balanced_accuracy=Estimate.of(balanced(label, hit), alone),
        balanced_accuracy_change=Estimate.of(balanced(label, hit) - balanced(label, before), again),
        malignancy_auc=malignancy_auc(answers, seed=seed),
        malignancy_change=float(moved.mean()),
        malignancy_shift=float(np.abs(moved).mean()),
        false_alarms=_false_alarms(answers, as_is, seed),
        missed=_missed(answers, as_is, seed),
        flips=_flips(answers, as_is, seed),
        reads="",
    )


def _with_words(row: Shortcut, chance: float) -> Shortcut:
    accuracy, auc = row.balanced_accuracy, row.malignancy_auc
    if row.kind == "reference":
        said = words.reference(accuracy, auc)
    elif row.kind == "region":
        said = words.region(row.name, accuracy, auc, chance)
    elif row.kind == "metadata":
        said = words.metadata(row.name, accuracy, auc, row.balanced_accuracy_change)
    else:
        said = words.painted(row.name, row.false_alarms, row.missed, row.flips, row.malignancy_change)
    return row.model_copy(update={"reads": said})


def _false_alarms(answers: Answers, as_is: Answers, seed: int) -> DependentShare | None:
    if answers.decision.outcome is None or as_is.decision.outcome is None:
        return None
    after, before = (np.array(each.decision.outcome) == "suspicious" for each in (answers, as_is))
    return DependentShare.where(after, ~before & ~as_is.malignant, answers.predictions.lesion_id, seed=seed)


def _missed(answers: Answers, as_is: Answers, seed: int) -> DependentShare | None:
    if answers.decision.outcome is None or as_is.decision.outcome is None:
        return None
    after, before = (np.array(each.decision.outcome) == "suspicious" for each in (answers, as_is))
    return DependentShare.where(~after, before & as_is.malignant, answers.predictions.lesion_id, seed=seed)


def _flips(answers: Answers, as_is: Answers, seed: int) -> DependentShare | None:
    if answers.decision.outcome is None or as_is.decision.outcome is None:
        return None
    other = np.array(answers.decision.outcome) != np.array(as_is.decision.outcome)
    return DependentShare.where(other, np.ones(len(other), bool), answers.predictions.lesion_id, seed=seed)
