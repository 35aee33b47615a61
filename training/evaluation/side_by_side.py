"""Models on the same images beside each other, each against one of them."""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from training.errors import InvalidData
from training.evaluation.answers import Answers
from training.evaluation.calibration_error import top
from training.evaluation.classification import classification
from training.evaluation.estimate import Estimate
from training.evaluation.paired import Difference, PairedComparison, expect_same, paired
from training.evaluation.ranking import ranking
from training.evaluation.reliability import binary, equal_width
from training.splits import Part

HEADER = (
    "| run | balanced accuracy | accuracy | macro AUC | malignancy AUC | ECE |",
    "|---|---|---|---|---|---|",
)
AGAINST = (
    "| less {baseline} | balanced accuracy | p | accuracy | p | malignancy AUC | p | the same, DeLong | p |",
    "|---|---|---|---|---|---|---|---|---|",
)


class Side(BaseModel):
    """One run. Intervals are 95 %, by lesion."""

    model_config = ConfigDict(frozen=True)

    name: str
    balanced_accuracy: Estimate = Field(description="As if all classes were equally frequent: the challenge's score.")
    accuracy: Estimate = Field(description="Of the same answers.")
    macro_auc: Estimate
    malignancy_auc: Estimate
    ece: Estimate = Field(description="Expected calibration error of the most probable class, in 15 equal-width bins.")
    against: PairedComparison | None = Field(description="This run less the baseline. None for the baseline itself.")


class SideBySide(BaseModel):
    """The baseline first. p-values are each for one comparison, not corrected for how many there are."""

    model_config = ConfigDict(frozen=True)

    part: Part
    images: int
    lesions: int
    sides: tuple[Side, ...]


def side_by_side(runs: Mapping[str, Answers], part: Part, *, seed: int = 0) -> SideBySide:
    """Compare answers by name of run; the first is the baseline.

    Images may come in any order. Raises `InvalidData` when runs answered other images or told other classes apart.
    """
    sorted_runs = {name: answers.take(np.argsort(answers.predictions.image_id)) for name, answers in runs.items()}
    (first, baseline), *others = sorted_runs.items()
    for name, answers in others:
        try:
            expect_same(baseline, answers)
        except ValueError as error:
            raise InvalidData(f"{first} and {name} cannot be compared on {part}. {error}") from error
    return SideBySide(
        part=part,
        images=len(baseline.label),
        lesions=len(np.unique(baseline.predictions.lesion_id)),
        sides=(
            _side(first, baseline, None, seed),
            *(_side(name, answers, paired(answers, baseline, seed=seed), seed) for name, answers in others),
        ),
    )


def _side(name: str, answers: Answers, against: PairedComparison | None, seed: int) -> Side:
    answered, ranked = classification(answers, seed=seed).even, ranking(answers, seed=seed)
    confidence, right = top(answers.decision.probabilities, answers.label)
    error = binary(confidence, right, equal_width(confidence), answers.predictions.lesion_id, seed=seed)
    return Side(
        name=name,
        balanced_accuracy=answered.balanced_accuracy,
        accuracy=answered.accuracy,
        macro_auc=ranked.macro.auc,
        malignancy_auc=ranked.malignancy.auc,
        ece=Estimate(value=error.value, interval=error.interval),
        against=against,
    )


def table(compared: SideBySide) -> str:
    """Two Markdown tables: each run, and each but the baseline less the baseline."""
    figures = ("balanced_accuracy", "accuracy", "macro_auc", "malignancy_auc", "ece")
    rows = [_row(side.name, *(_estimate(getattr(side, figure)) for figure in figures)) for side in compared.sides]
    lead = AGAINST[0].format(baseline=compared.sides[0].name)
    leads = [_row(side.name, *_leads(side.against)) for side in compared.sides if side.against]
    told = (
        f"{compared.part}, {compared.images} images of {compared.lesions} lesions. In brackets: 95 % intervals, "
        "lesions drawn again. DeLong is on one image a lesion. p is two-sided, of each comparison by itself."
    )
    return "\n".join([*HEADER, *rows, "", lead, AGAINST[1], *leads, "", told])


def _leads(against: PairedComparison) -> list[str]:
    delong = against.malignancy_delong
    return [
        *_difference(against.even.balanced_accuracy),
        *_difference(against.even.accuracy),
        *_difference(against.malignancy_auc),
        *(("–", "–") if delong is None else (_signed(delong.difference, delong.interval), _p(delong.p_value))),
    ]


def _difference(given: Difference | None) -> tuple[str, str]:
    return ("–", "–") if given is None else (_signed(given.value, given.interval), _p(given.p_value))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _estimate(given: Estimate) -> str:
    if given.value is None:
        return "–"
    return f"{given.value:.3f}" + (f" ({given.interval[0]:.3f}–{given.interval[1]:.3f})" if given.interval else "")


def _signed(value: float, interval: tuple[float, float]) -> str:
    """Without an interval where every draw is alike: that bounds nothing."""
    return f"{value:+.3f}" + (f" ({interval[0]:+.3f} to {interval[1]:+.3f})" if interval[0] < interval[1] else "")


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
