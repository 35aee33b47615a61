"""The layers of a model as a table, in Markdown and CSV: layer, class, output, parameters, what it reads."""

from collections.abc import Sequence
from pathlib import Path

from training.architecture.steps import Step
from training.architecture.words import shape_text
from training.writing import write_csv

COLUMNS = ("layer", "class", "output", "trained", "fixed", "inputs")


def rows(steps: Sequence[Step]) -> list[tuple[str, str, str, int, int, str]]:
    """A row a layer, in order of computation."""
    return [
        (step.name, step.kind, shape_text(step.shape), step.trained, step.fixed, " ".join(step.inputs))
        for step in steps
    ]


def markdown(steps: Sequence[Step], title: str, notes: Sequence[str]) -> str:
    """Title, notes and the table with its totals."""
    lines = [f"# {title}", "", *(f"{note}  " for note in notes), ""]
    lines += [f"| {' | '.join(COLUMNS)} |", "|---|---|---|---:|---:|---|"]
    lines += [
        f"| `{name}` | {kind} | {shape} | {trained:,} | {fixed:,} | {inputs} |"
        for name, kind, shape, trained, fixed, inputs in rows(steps)
    ]
    trained, fixed = (sum(column) for column in zip(*((step.trained, step.fixed) for step in steps), strict=True))
    lines.append(f"| **{len(steps)} layers** | | | **{trained:,}** | **{fixed:,}** | **{trained + fixed:,} in all** |")
    return "\n".join(lines) + "\n"


def write(steps: Sequence[Step], title: str, notes: Sequence[str], path: Path) -> list[Path]:
    """Write `path`.md and `path`.csv; returns both."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page, sheet = (path.with_name(f"{path.name}.{kind}") for kind in ("md", "csv"))
    page.write_text(markdown(steps, title, notes), encoding="utf-8")
    write_csv(sheet, COLUMNS, rows(steps))
    return [page, sheet]
