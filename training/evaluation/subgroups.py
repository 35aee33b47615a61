"""Whether some patients are served worse than others: the same figures for each group of them.

All figures are of one image a lesion, so that the counting laws hold. Groups are joined to answers by image id.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from training.catalog import Record
from training.datareport.sizes import Size
from training.evaluation.answers import Answers
from training.evaluation.calibration_error import top
from training.evaluation.classification import balanced
from training.evaluation.estimate import Estimate
from training.evaluation.grouping import Grouping, groupings
from training.evaluation.malignancy import malignancy_auc
from training.evaluation.reliability import ExpectedError, Reliability
from training.evaluation.share import Share
from training.evaluation.skin_tone import Tones

Few = Literal["<20"]
Figure = Literal["sensitivity", "specificity", "malignancy_auc"]

LEAST_LESIONS = 20
"""Of a group with fewer nothing is shown, and a figure of fewer does not count towards a gap."""
PERMUTATIONS = 9999


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Group(_Part):
    """One group of patients or pictures. Figures are of one image a lesion; a hidden group has none."""

    name: str
    hidden: bool = Field(description="Fewer than 20 lesions: too few to say anything of. Not to protect anyone.")
    images: int | None = Field(description="All images of the group. None where hidden.")
    lesions: int | Few = Field(description="Lesions, and images without a lesion id.")
    malignant: int | None = Field(description="Malignant lesions.")
    sensitivity: Share | None = Field(description="Malignant lesions called suspicious. None without a threshold.")
    specificity: Share | None = Field(description="Other lesions not called suspicious. None without a threshold.")
    malignancy_auc: Estimate | None = Field(description="0 to 1. No value unless there are lesions of both kinds.")
    ece: ExpectedError | None = Field(
        description="Calibration error of the most probable class, 15 bins of equal width. The fewer the lesions, the "
        "larger by chance alone: `perfect` tells how large."
    )
    balanced_accuracy: float | None = Field(
        description="Mean recall over the classes present in the group, as if all were equally frequent: groups with "
        "other classes are not comparable by it."
    )


class Gap(_Part):
    """How far the groups of a dimension lie apart in one figure.

    Groups with fewer than 20 lesions of the kind that the figure counts are not compared: malignant ones for the
    sensitivity, others for the specificity, both for the area.
    """

    figure: Figure
    groups: int = Field(description="Groups compared.")
    worst: str | None = Field(description="Name of the worst group. None where fewer than two can be compared.")
    best: str | None
    worst_value: float | None
    gap: float | None = Field(description="Best less worst.")
    chance: float | None = Field(
        description="How often groups that are served alike would lie as far apart or farther: a permutation test of "
        "this gap by itself. Of many gaps, some are rare by chance. None for the area."
    )


class Dimension(_Part):
    """One way of grouping."""

    name: str
    note: str = Field(description="What the grouping is and is not. May be empty.")
    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...] = Field(description="Of sensitivity, specificity and malignancy AUC.")


class Subgroups(_Part):
    """The figures by sex, age, site, source, skin tone, image size, missing metadata and confirmation."""

    threshold: float | None = Field(description="Malignancy at or above it is suspicious.")
    overall: Group = Field(description="All images.")
    dimensions: tuple[Dimension, ...]
    left_out: dict[str, str] = Field(description="Dimensions that the data do not give, and why.")


def subgroups(
    answers: Answers,
    records: Sequence[Record],
    tones: Tones,
    sizes: Mapping[str, Size | None] | None = None,
    *,
    seed: int = 0,
) -> Subgroups:
    """The figures of each group. `tones` and `sizes` (of the original files, upright) go by image id.

    Raises `InvalidData` when an answer's image has no record, tone or size.
    """
    found = groupings(answers, records, tones, sizes)
    left_out = {each.name: f"every image: {each.names[0]}" for each in found if len(each.names) < 2}
    if sizes is None:
        left_out["image size"] = "the sizes of the original files are not known"
    point = answers.decision.point
    return Subgroups(
        threshold=None if point is None else point.threshold,
        overall=_group("all", answers, seed),
        dimensions=tuple(_dimension(each, answers, seed) for each in found if len(each.names) > 1),
        left_out=left_out,
    )


def _dimension(grouping: Grouping, answers: Answers, seed: int) -> Dimension:
    groups = tuple(
        _group(name, answers.take(grouping.member == place), seed) for place, name in enumerate(grouping.names)
    )
    gaps = (_gap("sensitivity", groups, seed), _gap("specificity", groups, seed), _gap("malignancy_auc", groups, seed))
    return Dimension(name=grouping.name, note=grouping.note, groups=groups, gaps=gaps)


def _group(name: str, answers: Answers, seed: int) -> Group:
    alone = answers.independent()
    if len(alone.label) < LEAST_LESIONS:
        nothing = dict.fromkeys(Group.model_fields.keys() - {"name", "hidden", "lesions"})
        return Group(name=name, hidden=True, lesions="<20", **nothing)
    confidence, right = top(alone.decision.probabilities, alone.label)
    called = _suspicious(alone)
    return Group(
        name=name,
        hidden=False,
        images=len(answers.label),
        lesions=len(alone.label),
        malignant=int(alone.malignant.sum()),
        sensitivity=None if called is None else Share.where(called[alone.malignant]),
        specificity=None if called is None else Share.where(~called[~alone.malignant]),
        malignancy_auc=malignancy_auc(alone, seed=seed),
        ece=Reliability.of(confidence, right, alone.predictions.lesion_id, seed=seed).equal_width,
        balanced_accuracy=balanced(alone.label, alone.even.argmax(axis=1) == alone.label),
    )


def _suspicious(answers: Answers) -> "np.ndarray[tuple[int], np.dtype[np.bool_]] | None":
    outcome = answers.decision.outcome
    return None if outcome is None else np.array(outcome) == "suspicious"


def _gap(figure: Figure, groups: Sequence[Group], seed: int) -> Gap:
    values = {group.name: value for group in groups if (value := _compared(figure, group)) is not None}
    if len(values) < 2:
        nothing = dict.fromkeys(Gap.model_fields.keys() - {"figure", "groups"})
        return Gap(figure=figure, groups=len(values), **nothing)
    worst, best = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    shares = [getattr(group, figure) for group in groups if group.name in values]
    return Gap(
        figure=figure,
        groups=len(values),
        worst=worst,
        best=best,
        worst_value=values[worst],
        gap=values[best] - values[worst],
        chance=None if figure == "malignancy_auc" else _chance(shares, seed),
    )


def _compared(figure: Figure, group: Group) -> float | None:
    """A group's value, if it rests on enough lesions."""
    if group.malignant is None or group.lesions == "<20":
        return None
    malignant, others = group.malignant, group.lesions - group.malignant
    resting = {"sensitivity": malignant, "specificity": others, "malignancy_auc": min(malignant, others)}
    found: Share | Estimate | None = getattr(group, figure)
    return None if found is None or resting[figure] < LEAST_LESIONS else found.value


def _chance(shares: Sequence[Share], seed: int) -> float:
    """Hits of all groups dealt out again by lot: how often their shares lie as far apart."""
    totals, hits = np.array([share.total for share in shares]), np.array([share.hits for share in shares])
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(totals, hits.sum(), PERMUTATIONS)
    as_far = np.ptp(dealt / totals, axis=1) >= np.ptp(hits / totals) - 1e-9
    return float(1 + as_far.sum()) / (PERMUTATIONS + 1)
