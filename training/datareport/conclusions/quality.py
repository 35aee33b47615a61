"""Conclusions from what does not fit: left out, held twice, contradictory; and how to read the sheets."""

from training.datareport.describe import DataReport
from training.datareport.words import counted, listed, of_all, plural, verb


def sheets(report: DataReport) -> str:
    """What to look for, and that it was chance that chose."""
    return (
        f"The images are drawn at random (seed {report.head.seed}), not chosen. Look for what tells a category without "
        "being the lesion: rulers, ink, gel, hair, dark corners, color patches, crops."
    )


def left_out(report: DataReport) -> str:
    """How much of what the source names is not here."""
    reasons = report.quality.left_out
    absent = sum(reason.images for reason in reasons)
    if not absent:
        return "Nothing that the tables name was left out."
    return (
        f"{of_all(absent, absent + report.head.images)} that the tables name {verb(absent, 'is', 'are')} not in the "
        f"catalog, for {plural(len(reasons), 'reason')}: results do not speak of them."
    )


def duplicates(report: DataReport) -> str:
    """Pairs, and those that contradict each other."""
    pairs = report.quality.pairs
    searched = (
        ""
        if report.quality.near_searched
        else " Only identical files were looked for: python -m training clean looks for the others."
    )
    if not pairs.total:
        return f"No picture is known to be here twice.{searched}"
    text = f"{plural(pairs.total, 'pair')} of images {verb(pairs.total, 'shows', 'show')} one picture, or nearly one."
    near = sum(pair.kind == "near" for pair in report.quality.differing)
    same, settled = len(report.quality.differing) - near, len(report.quality.settled)
    if same:
        text += (
            f" {plural(same, 'picture has', 'pictures have')} two labels, one of which must be wrong: settle "
            f"{verb(same, 'it', 'them')} or leave {verb(same, 'it', 'them')} out."
        )
    if near:
        text += (
            f" Of the near pairs, {counted(near)} {verb(near, 'has', 'have')} two labels: judge by eye whether they "
            "are one lesion."
        )
    if settled:
        text += f" {plural(settled, 'pair')} with two labels {verb(settled, 'was', 'were')} left out."
    if not same and not near:
        text += f" {'All other' if settled else 'Their'} labels agree."
    return text + searched


def conflicts(report: DataReport) -> str:
    """Lesions that contradict themselves."""
    if not report.head.lesions:
        return "No lesion is named, so images of one lesion cannot be compared."
    found = [conflict.name for _, each in report.quality.conflicts for conflict in each]
    if not found:
        return "No lesion and no patient contradicts itself in label, sex, age, site or source."
    several = sorted({name for name in found if found.count(name) > 1})
    text = f"{plural(len(set(found)), 'id contradicts itself', 'ids contradict themselves')}, as listed below."
    if several:
        text += (
            f" {listed(several, most=3)} {verb(len(several), 'does', 'do')} so in more than one way, as if two people "
            "shared an id."
        )
    return text
