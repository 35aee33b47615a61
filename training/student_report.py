"""A student beside its teachers, into the run's report: report/student.md and report/student.json."""

from pathlib import Path

from training import teachers
from training.finished import Finished
from training.latency import TIMED
from training.report.files import FOLDER
from training.run import reopen
from training.student_comparison import Comparison, Row, compare

NAME = "student"
HEADER = (
    "model",
    "parameters",
    "MB",
    "GFLOPs",
    "latency, ms",
    "balanced accuracy",
    "malignancy AUC",
    "student's lead",
    "agreement",
)
LEGEND = f"""\
Lead: the student's balanced accuracy less this one's. Intervals: 95 %; lesions are drawn again and both models graded
on each draw. Agreement: images to which both give the same answer. MB: weights in float32. GFLOPs: two for each
multiply-add. Latency: Keras's compiled predict function for one image, the middle of {TIMED}, on the machine that wrote
this. What is served is the exported model, which is faster.
"""


def write(run: Path, data: Path, cached: Path) -> str | None:
    """Compare a finished run with its teachers; the page as Markdown. None for a run that had none.

    Raises as `training.run.reopen` and `training.teachers.find` do.
    """
    student = Finished.read(run)
    if student.config.distillation is None:
        return None
    compared = compare(student, teachers.find(student.config, run.parent), reopen(run, data, cached), cached)
    text = page(compared)
    folder = run / FOLDER
    (folder / f"{NAME}.json").write_text(compared.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / f"{NAME}.md").write_text(text, encoding="utf-8")
    return text


def page(compared: Comparison) -> str:
    """The comparison as Markdown."""
    rows = [HEADER, ("---",) * len(HEADER), *map(_cells, compared.rows)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    on = f"**{compared.part}** part: {compared.images} images of {compared.lesions} lesions"
    return f"# Student against teachers\n\nOn the {on}.\n\n{table}\n\n{LEGEND}"


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.balanced_accuracy_interval
    lead, agreement = "–", "–"
    if row.lead is not None:
        lead = "{:+.3f} ({:+.3f} to {:+.3f})".format(row.lead.balanced_accuracy, *row.lead.interval)
        agreement = f"{100 * row.lead.agreement:.1f} %"
    return (
        row.name,
        f"{row.parameters:,}",
        f"{row.megabytes:.1f}",
        f"{row.flops / 1e9:.3f}",
        f"{row.latency_ms:.1f}",
        f"**{row.balanced_accuracy:.3f}** ({low:.3f}–{high:.3f})",
        f"{row.malignancy_auc:.3f}",
        lead,
        agreement,
    )
