"""Which category is taken for which: counted, and in the order of what it costs a patient."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from training.evaluation.answers import Answers

EXAMPLES = 5

Cost = Literal["missed malignant", "another malignant", "false alarm", "another benign"]
"""What it is to take one category for another, dearest first."""
COSTS: tuple[Cost, ...] = get_args(Cost)


class ConfusionPair(BaseModel):
    """Images of one category that were answered as another, by the most probable category."""

    model_config = ConfigDict(frozen=True)

    label: str = Field(description="Category by the label.")
    answer: str = Field(description="Category answered.")
    cost: Cost
    images: int = Field(description="Images confused so.")
    lesions: int = Field(description="Lesions they show.")
    share: float = Field(description="Of all images of the label, 0 to 1.")
    mean_confidence: float = Field(description="Mean calibrated probability of the answered category, 0 to 1.")
    examples: tuple[str, ...] = Field(description="Image ids, the most confident first; not all.")


class Confusions(BaseModel):
    """All pairs that occur, dearest kind first, then by images."""

    model_config = ConfigDict(frozen=True)

    images: int = Field(description="Images answered.")
    confused: int = Field(description="Images whose most probable category is not their label.")
    pairs: tuple[ConfusionPair, ...]
    by_count: tuple[int, ...] = Field(description="Positions in `pairs`, most images first.")


def confusions(answers: Answers) -> Confusions:
    """Every pair of label and most probable category that differ."""
    answer = answers.decision.probabilities.argmax(axis=1)
    wrong = answer != answers.label
    kinds = np.unique(np.stack([answers.label[wrong], answer[wrong]], axis=1), axis=0)
    pairs = [_pair(answers, answer, label, other) for label, other in kinds.tolist()]
    pairs.sort(key=lambda pair: (COSTS.index(pair.cost), -pair.images, pair.label, pair.answer))
    return Confusions(
        images=len(answer),
        confused=int(wrong.sum()),
        pairs=tuple(pairs),
        by_count=tuple(sorted(range(len(pairs)), key=lambda place: -pairs[place].images)),
    )


def _pair(answers: Answers, answer: npt.NDArray[np.int64], label: int, other: int) -> ConfusionPair:
    places = np.flatnonzero((answers.label == label) & (answer == other))
    confidence = answers.decision.probabilities[places, other]
    surest = places[np.argsort(-confidence, kind="stable")[:EXAMPLES]]
    return ConfusionPair(
        label=answers.classes[label],
        answer=answers.classes[other],
        cost=_cost(truly=answers.malignant_classes[label], answered=answers.malignant_classes[other]),
        images=len(places),
        lesions=len(np.unique(answers.predictions.lesion_id[places])),
        share=len(places) / int((answers.label == label).sum()),
        mean_confidence=float(confidence.mean()),
        examples=tuple(answers.predictions.image_id[surest].tolist()),
    )


def _cost(*, truly: bool, answered: bool) -> Cost:
    if truly:
        return "another malignant" if answered else "missed malignant"
    return "false alarm" if answered else "another benign"
