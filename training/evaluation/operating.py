"""What the operating points hold to, whom they miss, and what another threshold would do."""

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import OperatingPoint, Outcome
from training.calibration.operating_points import lesions_needed
from training.comparison import Counts, count
from training.evaluation.answers import Answers, Booleans, Integers
from training.evaluation.explorer import Explorer
from training.evaluation.predictive import Predictive, predictive
from training.evaluation.share import DependentShare, Ids, Share
from training.predictions import one_a_lesion

OUTCOMES: tuple[Outcome, ...] = ("suspicious", "undetermined", "not_suspicious")
"""Of images that a model has seen; the quality gate rejects before."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Rate(_Part):
    """A share, of one image a lesion and of all images."""

    independent: Share
    all_images: DependentShare

    @classmethod
    def of(cls, hit: Booleans, counted: Booleans, lesions: Ids, alone: Integers, *, seed: int) -> Self:
        """Of the images where `counted` (N,) holds, the share where `hit` (N,) does.

        `lesions` (N,) are ids; `alone` (lesions,) the positions of one image of each.
        """
        return cls(
            independent=Share.where(hit[alone][counted[alone]]),
            all_images=DependentShare.where(hit, counted, lesions, seed=seed),
        )


class Called(_Part):
    """How often one category is called suspicious: its sensitivity where it is malignant, false alarms where not."""

    category: str
    malignant: bool
    suspicious: Rate


class Point(_Part):
    """One operating point of the decision, on this part. What a refused point cannot say is None or empty."""

    promised: float = Field(description="The sensitivity that was asked for.")
    threshold: float | None = Field(description="Of malignancy. None: refused.")
    refused: str | None = Field(description="Why there is no threshold.")
    lesions: int = Field(description="Malignant lesions that it was set on.")
    lesions_needed: int = Field(description="The least number of malignant lesions that could promise it.")
    lower_bound: float | None = Field(description="Of the sensitivity, where it was set.")
    sensitivity: Rate | None = Field(None, description="Share of the malignant that are called suspicious.")
    specificity: Rate | None = Field(None, description="Share of the others that are not.")
    reached: bool | None = Field(None, description="Sensitivity on one image a lesion is what was promised, or more.")
    covered: bool | None = Field(
        None, description="The exact interval of that sensitivity does not lie below what was promised."
    )
    independent: Counts | None = Field(None, description="Counts on one image a lesion; positive is malignant.")
    all_images: Counts | None = Field(None, description="Counts on all images.")
    predictive: tuple[Predictive, ...] = Field(
        (), description="First at this part's prevalence, then at 1, 5, 10 and 20 %; from one image a lesion."
    )
    categories: tuple[Called, ...] = Field((), description="In class order, those present.")


class Outcomes(_Part):
    """Images by outcome (rows) and category (columns)."""

    outcomes: tuple[Outcome, ...]
    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Operating(_Part):
    """The operating points, the outcomes of the decision, and the thresholds between."""

    points: tuple[Point, ...]
    chosen: float | None = Field(description="Promised sensitivity of the point that the outcomes are given by.")
    outcomes: Outcomes | None = Field(description="All images. None where the decision has no operating point.")
    independent_outcomes: Outcomes | None = Field(description="One image a lesion.")
    explorer: Explorer = Field(description="All images.")
    independent_explorer: Explorer = Field(description="One image a lesion.")


def operating(answers: Answers, *, seed: int = 0) -> Operating:
    """Of every operating point of the decision, refused ones too."""
    alone, spec, point = answers.independent(), answers.spec, answers.decision.point
    thresholds = [each.threshold for each in spec.operating_points if each.threshold is not None]
    return Operating(
        points=tuple(_point(answers, each, seed) for each in spec.operating_points),
        chosen=None if point is None else point.sensitivity,
        outcomes=_outcomes(answers),
        independent_outcomes=_outcomes(alone),
        explorer=Explorer.of(answers, thresholds),
        independent_explorer=Explorer.of(alone, thresholds),
    )


def _point(answers: Answers, point: OperatingPoint, seed: int) -> Point:
    needed = lesions_needed(point.sensitivity)
    refused = (
        f"{point.lesions} malignant lesions cannot promise a sensitivity of {point.sensitivity:g}: "
        f"it takes {needed}, none of them missed."
    )
    kept = Point(
        promised=point.sensitivity,
        threshold=point.threshold,
        refused=refused if point.threshold is None else None,
        lesions=point.lesions,
        lesions_needed=needed,
        lower_bound=point.lower_bound,
    )
    return kept if point.threshold is None else _measured(kept, answers, point.threshold, seed)


def _measured(point: Point, answers: Answers, threshold: float, seed: int) -> Point:
    suspicious, malignant = answers.decision.malignancy >= threshold, answers.malignant
    lesions, alone = answers.predictions.lesion_id, one_a_lesion(answers.predictions)
    sensitivity = Rate.of(suspicious, malignant, lesions, alone, seed=seed)
    share, exact = sensitivity.independent.value, sensitivity.independent.exact
    apart = count(malignant[alone], suspicious[alone])
    found = {
        "sensitivity": sensitivity,
        "specificity": Rate.of(~suspicious, ~malignant, lesions, alone, seed=seed),
        "reached": None if share is None else share >= point.promised,
        "covered": None if exact is None else exact[1] >= point.promised,
        "independent": apart,
        "all_images": count(malignant, suspicious),
        "predictive": predictive(apart, seed=seed),
        "categories": _called(answers, suspicious, alone, seed),
    }
    return point.model_copy(update=found)


def _called(answers: Answers, suspicious: Booleans, alone: Integers, seed: int) -> tuple[Called, ...]:
    label, names = answers.predictions.label, answers.predictions.categories.tolist()
    return tuple(
        Called(
            category=names[k],
            malignant=bool(answers.malignant[label == k][0]),
            suspicious=Rate.of(suspicious, label == k, answers.predictions.lesion_id, alone, seed=seed),
        )
        for k in np.unique(label).tolist()
    )


def _outcomes(answers: Answers) -> Outcomes | None:
    if answers.decision.outcome is None:
        return None
    told, label = np.array(answers.decision.outcome), answers.predictions.label
    names = answers.predictions.categories.tolist()
    return Outcomes(
        outcomes=OUTCOMES,
        categories=tuple(names),
        counts=tuple(tuple(np.bincount(label[told == each], minlength=len(names)).tolist()) for each in OUTCOMES),
    )
