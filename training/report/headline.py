"""The figures that a report opens with, in words a physician uses."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.datareport.words import NO_BREAK, counted, listed, percent, plural
from training.evaluation.evaluation import Evaluation
from training.evaluation.operating import Operating, Point
from training.evaluation.share import Share
from training.report.words import fixed, interval, percents


@dataclass(frozen=True)
class Headline:
    """One figure: what it is, how large, how sure, and what it means."""

    name: str
    value: str
    sure: str
    meaning: str


def headlines(found: Evaluation) -> tuple[Headline, ...]:
    """Those that the evaluation holds, the decision's first."""
    return tuple(_headlines(found))


def chosen_point(operating: Operating | None) -> Point | None:
    """The operating point that answers; None where there is none."""
    if operating is None or operating.chosen is None:
        return None
    return next((point for point in operating.points if point.promised == operating.chosen), None)


def malignant(found: Evaluation) -> str:
    """Which categories count as malignant: `MEL, BCC and SCC`."""
    return listed([each.code for each in found.provenance.categories if each.malignant])


def _headlines(found: Evaluation) -> Iterator[Headline]:
    point = chosen_point(found.operating)
    if point is not None and point.sensitivity is not None and point.specificity is not None:
        yield _share(
            "Malignant lesions found",
            point.sensitivity.independent,
            f"called suspicious, of all {malignant(found)}; {percent(point.promised, 0)} was asked for",
        )
        yield _share(
            "Other lesions spared",
            point.specificity.independent,
            "not called suspicious, of all that are not malignant",
        )
    if found.ranking is not None:
        auc = found.ranking.malignancy.auc
        yield Headline(
            "Malignancy AUC",
            fixed(auc.value),
            _sure(interval(auc.interval)),
            "chance that a malignant image is given a higher probability of malignancy than one that is not; "
            "0.5 is chance",
        )
    if found.classification is not None:
        score = found.classification.even.balanced_accuracy
        seen = sum(each.images > 0 for each in found.classification.even.classes)
        yield Headline(
            f"Balanced accuracy, {seen} categories",
            fixed(score.value),
            _sure(interval(score.interval)),
            f"mean share of each category’s images that are named right; guessing gives {fixed(1 / max(seen, 1), 2)}",
        )
    for sets in found.coverage or ():
        if sets.decides:
            meaning = f"the true category is in the set of possible ones; {percent(sets.promised, 0)} was promised, "
            yield _share(
                "Truth in the prediction set",
                sets.overall.share,
                meaning + f"with {fixed(sets.mean_size, 1)} categories in a set",
            )
    if found.calibration is not None:
        ece = found.calibration.independent.malignancy.equal_width
        yield Headline(
            "Calibration error",
            fixed(ece.value),
            f"a perfect model: {interval(ece.perfect)}",
            "mean distance between a stated probability of malignancy and how often it came true, beside what chance "
            "would make of perfect probabilities on as many lesions",
        )


def _share(name: str, share: Share, meaning: str) -> Headline:
    value = "–" if share.value is None else percent(share.value)
    told = f"{counted(share.hits)} of {plural(share.total, 'lesion')}: {meaning}"
    return Headline(name, value, _sure(percents(share.exact)), told)


def _sure(bounds: str) -> str:
    return bounds and f"95{NO_BREAK}% interval {bounds}"
