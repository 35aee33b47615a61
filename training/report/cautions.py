"""What a reader must know before believing a figure: each a sentence that the evaluation's own numbers make."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from training.datareport.words import listed, percent, plural
from training.evaluation.changes import LESION_ONLY
from training.evaluation.evaluation import Evaluation
from training.evaluation.shortcut_words import MANY
from training.report.headline import chosen_point
from training.report.words import fixed

FEW_LESIONS = 50
"""A share of fewer has a 95 % interval more than a quarter wide."""
SURE = 0.05
"""Of all gaps together: of many, some are rare by chance."""


@dataclass(frozen=True)
class Caution:
    """A sentence, and the section that says more."""

    words: str
    section: str


def cautions(found: Evaluation) -> tuple[Caution, ...]:
    """Those that apply, gravest first."""
    return tuple(caution for rule in RULES for caution in rule(found))


def _part(found: Evaluation) -> Iterator[Caution]:
    if found.part != "test":
        yield Caution(
            f"These figures are of the {found.part} part, on which thresholds were set. What the decision promises "
            "cannot be verified there, only on the test part.",
            "data",
        )


def _refused(found: Evaluation) -> Iterator[Caution]:
    refused = [point for point in (found.operating.points if found.operating else ()) if point.refused]
    if found.operating is not None and found.operating.chosen is None:
        yield Caution("No operating point could be set: nothing is called suspicious or not.", "decision")
    for point in refused:
        yield Caution(
            f"No threshold could be set for a sensitivity of {percent(point.promised, 0)}: it takes "
            f"{plural(point.lesions_needed, 'malignant lesion')} of calibration, and there were {point.lesions}.",
            "decision",
        )


def _reached(found: Evaluation) -> Iterator[Caution]:
    point = chosen_point(found.operating)
    if point is None or point.sensitivity is None or point.reached is not False:
        return
    share = point.sensitivity.independent
    told = "still agrees with it" if point.covered else "lies below it"
    if share.value is not None:
        yield Caution(
            f"Sensitivity is {percent(share.value)} where {percent(point.promised, 0)} was promised; "
            f"its interval {told}.",
            "decision",
        )


def _missed(found: Evaluation) -> Iterator[Caution]:
    point = chosen_point(found.operating)
    for called in point.categories if point else ():
        share = called.suspicious.independent
        if called.malignant and share.exact and point and share.exact[1] < point.promised:
            yield Caution(
                f"{called.category}: only {share.hits} of {plural(share.total, 'lesion')} are called suspicious. The "
                "promise holds for all malignant lesions together, not for each category.",
                "decision",
            )


def _few(found: Evaluation) -> Iterator[Caution]:
    if found.classification is None:
        return
    graded = found.classification.even.classes
    absent = [each.name for each in graded if not each.images]
    few = [f"{each.name} ({each.lesions})" for each in graded if 0 < each.lesions < FEW_LESIONS]
    if absent:
        yield Caution(f"Not one image of {listed(absent)}: nothing is known of them.", "classes")
    if few:
        yield Caution(f"Few lesions of {listed(few)}: their figures are rough.", "classes")


def _calibrated(found: Evaluation) -> Iterator[Caution]:
    if found.calibration is None:
        return
    told = found.calibration.independent
    for name, each in (("of malignancy", told.malignancy.equal_width), ("of the answer", told.top.equal_width)):
        if each.value > each.perfect[1]:  # an error below the range is no fault
            yield Caution(
                f"Probabilities {name} are off: calibration error {fixed(each.value)}, where a perfect model would "
                f"show {fixed(each.perfect[0])} to {fixed(each.perfect[1])}.",
                "calibration",
            )


def _covered(found: Evaluation) -> Iterator[Caution]:
    for sets in found.coverage or ():
        share, expected = sets.of_promised.share, sets.of_promised.expected
        if sets.decides and sets.of_promised.within is False and expected and share.value is not None:
            yield Caution(
                f"Prediction sets hold the truth for {percent(share.value)} of lesions, outside of "
                f"{percent(expected[0])} to {percent(expected[1])} that their law gives.",
                "decision",
            )
        alone = [each.name for each in sets.classes if not each.promised]
        if sets.decides and sets.kind == "class_conditional" and alone:
            yield Caution(
                f"No coverage of its own is promised for {listed(alone)}: too few lesions to set it on.", "decision"
            )


def _reassured(found: Evaluation) -> Iterator[Caution]:
    for kind in (found.strangers or ())[-1:]:
        if kind.reassured:
            yield Caution(
                f"Of {plural(kind.pictures, 'picture')} that are no dermoscopic image, {percent(kind.reassured)} pass "
                "every gate and are called not suspicious.",
                "gate",
            )


def _groups(found: Evaluation) -> Iterator[Caution]:
    gaps = [(each.name, gap) for each in (found.subgroups.dimensions if found.subgroups else ()) for gap in each.gaps]
    tested = sum(gap.chance is not None for _, gap in gaps)
    for figure in ("sensitivity", "specificity"):
        told = [
            f"{name} ({percent(gap.worst_value)} in “{gap.worst}”, "
            f"{percent(gap.worst_value + gap.gap)} in “{gap.best}”)"
            for name, gap in gaps
            if gap.figure == figure and gap.chance is not None and gap.chance < SURE / tested
            if gap.worst_value is not None and gap.gap is not None
        ]
        if told:
            yield Caution(f"{figure.capitalize()} differs more than chance allows by {listed(told)}.", "subgroups")


def _shortcuts(found: Evaluation) -> Iterator[Caution]:
    told = [
        row.name
        for row in (found.shortcuts.rows if found.shortcuts else ())
        if row.kind == "region" and row.name != LESION_ONLY and row.malignancy_auc.above(0.5)
    ]
    if told:
        yield Caution(
            f"It tells malignant from other lesions better than chance with the lesion or its middle covered "
            f"({listed(told)}): it knows something from the surroundings, or from lesions that reach that far.",
            "shortcuts",
        )


def _painted(found: Evaluation) -> Iterator[Caution]:
    told = [
        f"{row.name} ({percent(row.missed.value)})"
        for row in (found.shortcuts.rows if found.shortcuts else ())
        if row.kind == "painted" and row.missed and row.missed.value and row.missed.value > MANY
    ]
    if told:
        yield Caution(
            "What says nothing of a lesion hides malignant ones: of those called suspicious, many no longer are once "
            f"it is painted on the picture: {listed(told)}.",
            "shortcuts",
        )


def _labels(found: Evaluation) -> Iterator[Caution]:
    unconfirmed = _without(found, "confirmation")
    if unconfirmed:
        share = "any" if unconfirmed == 1 else percent(unconfirmed)
        yield Caution(f"How the diagnosis was confirmed is not stated for {share} of the graded images.", "data")


def _without(found: Evaluation, field: str) -> float:
    graded = next(each for each in found.provenance.parts if each.part == found.part)
    return graded.without[field] / max(graded.images, 1)


RULES: Sequence[Callable[[Evaluation], Iterator[Caution]]] = (
    _part,
    _refused,
    _reached,
    _missed,
    _calibrated,
    _covered,
    _reassured,
    _groups,
    _shortcuts,
    _painted,
    _few,
    _labels,
)
"""Gravest first."""
