"""Conclusions from baselines: what a model could answer by without looking at the lesion."""

from training.datareport.baselines import Baseline
from training.datareport.describe import DataReport
from training.datareport.grade import Grade
from training.datareport.words import counted, fixed, listed, percent

WEAK, STRONG = 0.1, 0.4
"""Of the way from chance (0) to always right (1)."""


def missing(report: DataReport) -> str:
    """The most frequent gap that a model sees, and what the pattern of gaps tells."""
    told = report.missingness
    most = max((field for field in told.fields if field.seen_by_models), key=lambda field: field.images)
    if not most.images:
        return "Age, sex and site are stated for every image: a model learns nothing here of what to do without them."
    rates = {
        item.code: told.by_category.count(most.field, item.code) / item.images
        for item in report.categories
        if item.images
    }
    low, high = min(rates, key=lambda code: rates[code]), max(rates, key=lambda code: rates[code])
    text = (
        f"Of the fields that a model reads, {most.field} is missing most often: for {percent(most.share)} of the images"
    )
    if rates[low] < rates[high]:
        text += f", from {percent(rates[low])} of {low} to {percent(rates[high])} of {high}"
    if told.category_entropy_bits:
        share = percent(told.pattern_category_bits / told.category_entropy_bits)
        text += f". Which fields are missing tells {share} of what there is to know of the category"
    if told.source_entropy_bits:
        text += f" and {percent(told.pattern_source_bits / told.source_entropy_bits)} of the source"
    return text + "."


def baselines(report: DataReport) -> str:
    """Metadata and gaps against chance."""
    people, gaps, *_ = report.category_baselines
    if people.grade is None:
        return f"Metadata alone cannot be judged: {people.reason}."
    text = (
        f"Age, sex and site alone {degree(people, several=True)} the category: balanced accuracy "
        f"{fixed(people.grade.balanced_accuracy)}, where chance gives {fixed(people.grade.chance)}. What a model "
        "reaches beyond that, it has from the image."
    )
    if gaps.grade is None:
        return text
    advice = ": hide fields at random in training, so that no gap is a clue" if gaps.grade.beats_chance else ""
    return (
        f"{text} Which fields are missing {degree(gaps)} the category ({fixed(gaps.grade.balanced_accuracy)}){advice}."
    )


def source_baselines(report: DataReport) -> str:
    """The shortcut: what tells the source tells whatever goes with the source."""
    if len(report.sources.rows) == 1:
        return "There is one source, and so no shortcut through it."
    judged = [each for each in (*report.source_baselines, *report.color_baselines) if each.grade is not None]
    if not judged:
        return f"How well the source can be told cannot be judged: {report.source_baselines[0].reason}."
    telling = sorted((each for each in judged if _beats(each)), key=_gain, reverse=True)
    if not telling:
        return "Neither metadata nor gaps, size or color tell the source better than chance."
    text = f"The source can be told from {listed([_scored(each) for each in telling])}."
    by_source = report.category_baselines[2]
    if by_source.grade is None or not by_source.grade.beats_chance:
        return f"{text} The source, in turn, does not tell the category."
    return (
        f"{text} The source, in turn, {degree(by_source)} the category ({_against_chance(by_source.grade)}): a model "
        "may answer by where an image comes from. Test it with a source held out."
    )


def sizes(report: DataReport) -> str:
    """Whether size could be learned instead of the lesion."""
    table = report.sizes.by_source
    if len(table.rows) == 1:
        return f"Every image has {table.rows[0]} pixels: size tells nothing."
    share = percent(table.row_totals[0] / table.total)
    text = f"There are {counted(len(table.rows))} sizes; the most frequent, {table.rows[0]}, has {share} of the images."
    baseline = report.category_baselines[3]
    if baseline.grade is None:
        return f"{text} Whether size tells the category cannot be judged: {baseline.reason}."
    text += f" Size alone {degree(baseline)} the category (balanced accuracy {_against_chance(baseline.grade)})"
    advice = ": bring all images to one size, by one rule, before a model sees them"
    return f"{text}{advice if baseline.grade.beats_chance else ''}."


def colors(report: DataReport) -> str:
    """How far apart sources are in color and dark surrounds."""
    rows = report.colors
    if len(rows) < 2:
        return "There is one source: its colors can be compared with those of other data, not with each other."
    gap = max(max(row.mean[k] for row in rows) - min(row.mean[k] for row in rows) for k in range(3))
    text = f"Mean colors of the sources differ by up to {gap:.0f} of 255."
    dark = max(rows, key=lambda row: row.dark_corners)
    if dark.dark_corners > min(row.dark_corners for row in rows):
        text += (
            f" {percent(dark.dark_corners, 0)} of the images from {dark.source} have four dark corners, the mark of a "
            "round field of view."
        )
    baseline = report.color_baselines[0]
    if baseline.grade is None:
        return text
    return (
        f"{text} Six numbers of color, with no shape in them, {degree(baseline, several=True)} the source "
        f"({_against_chance(baseline.grade)})."
    )


def degree(baseline: Baseline, *, several: bool = False) -> str:
    """How much a baseline tells, as a verb: `barely tells`, `partly tells`, `largely tells`."""
    if not _beats(baseline):
        return "do not tell" if several else "does not tell"
    gain = _gain(baseline)
    much = "barely" if gain < WEAK else "partly" if gain < STRONG else "largely"
    return f"{much} {'tell' if several else 'tells'}"


def _beats(baseline: Baseline) -> bool:
    return baseline.grade is not None and baseline.grade.beats_chance


def _gain(baseline: Baseline) -> float:
    return baseline.grade.gain if baseline.grade is not None else 0.0


def _scored(baseline: Baseline) -> str:
    return f"{baseline.sees} ({fixed(baseline.grade.balanced_accuracy if baseline.grade else None)})"


def _against_chance(grade: Grade) -> str:
    return f"{fixed(grade.balanced_accuracy)}, chance {fixed(grade.chance)}"
