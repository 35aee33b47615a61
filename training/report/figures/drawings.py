"""Every drawing of the page, by the name that its templates use."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from markupsafe import Markup

from training.datareport.words import counted, percent
from training.evaluation.classification import ClassGrade
from training.evaluation.operating import Called
from training.evaluation.shortcuts import Shortcuts
from training.evaluation.subgroups import Dimension, Group
from training.report.figures import answering, calibration, faithfulness, ranking
from training.report.figures.forest import Axis, Row, forest
from training.report.words import fixed

HIDDEN = "too few to show"


def recalls(classes: Sequence[ClassGrade]) -> Markup:
    """Of each class."""
    rows = [
        Row(each.name, each.recall.value, each.recall.interval, f"{counted(each.lesions)} les.", "no image")
        for each in classes
    ]
    told = ", ".join(f"{row.name} {fixed(row.value)}" for row in rows)
    return forest(rows, Axis("recall, %"), f"Recall of each category: {told}.")


def called(categories: Sequence[Called], promised: float) -> Markup:
    """How often each category is called suspicious."""
    rows = [
        Row(
            f"{each.category}{' (malignant)' if each.malignant else ''}",
            each.suspicious.independent.value,
            each.suspicious.independent.exact,
            f"{each.suspicious.independent.hits} / {each.suspicious.independent.total}",
        )
        for each in categories
    ]
    told = ", ".join(f"{row.name} {percent(row.value or 0)}" for row in rows)
    return forest(rows, Axis("called suspicious, %", reference=promised), f"Called suspicious: {told}.")


def groups(dimension: Dimension, overall: Group, figure: Literal["sensitivity", "specificity"]) -> Markup:
    """One figure of each group, dashed where all images lie."""
    rows = []
    for each in dimension.groups:
        share = getattr(each, figure)
        value, interval = (None, None) if share is None else (share.value, share.wilson)
        rows.append(Row(each.name, value, interval, "" if share is None else f"of {counted(share.total)}", HIDDEN))
    whole = getattr(overall, figure)
    told = ", ".join(f"{row.name} {percent(row.value)}" for row in rows if row.value is not None)
    axis = Axis(f"{figure}, %", reference=None if whole is None else whole.value)
    return forest(rows, axis, f"{figure.capitalize()} by {dimension.name}: {told}.")


def shortcuts(found: Shortcuts) -> Markup:
    """Malignancy AUC of every test, dashed at chance."""
    rows = [
        Row(each.name, each.malignancy_auc.value, each.malignancy_auc.interval, fixed(each.malignancy_auc.value, 2))
        for each in found.rows
    ]
    axis = Axis("malignancy AUC", 0.3, 1.0, (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0), lambda value: f"{value:g}", 0.5)
    told = ", ".join(f"{row.name} {fixed(row.value, 2)}" for row in rows)
    return forest(rows, axis, f"Malignancy AUC on changed images: {told}. Chance is 0.5.")


DRAWINGS: Mapping[str, Callable[..., Markup | None]] = {
    "recalls": recalls,
    "called": called,
    "groups": groups,
    "shortcuts": shortcuts,
    "roc": ranking.roc,
    "precision_recall": ranking.precision_recall,
    "reliability": calibration.reliability,
    "risk_coverage": answering.risk_coverage,
    "decision_curve": answering.decision_curve,
    "walk": faithfulness.walk,
}
