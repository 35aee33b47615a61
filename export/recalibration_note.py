"""What a model card says of a decision that was fitted anew."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from training.predictions import Predictions

TITLE = "Recalibrated"
MADE = (
    "Made of {made_of} on {today}: the same ONNX files, with another decision. Temperature and class frequencies were "
    "fitted to the validation part of the labeled pictures below, every threshold was set on one picture of each "
    "lesion of their calibration part."
)
STALE = (
    "**All figures further down, the limits they lead to, and the metrics and proofs in manifest.json are of the "
    "decision before and of the data it was graded on.** Balanced accuracy does not depend on the decision; the others "
    "do. What this decision keeps of its promises is for other labeled pictures to tell."
)


def note(made_of: str, codes: Sequence[str], pictures: Sequence[tuple[str, Predictions]], statement: str = "") -> str:
    """Markdown. `made_of` names the bundle before; `pictures` are the labeled parts, each with its name."""
    table = [
        f"| part | images | lesions | {' | '.join(codes)} |",
        "|---" * (3 + len(codes)) + "|",
        *(_row(name, given, len(codes)) for name, given in pictures),
    ]
    told = f"The pictures: {statement.strip()}" if statement.strip() else ""
    made = MADE.format(made_of=made_of, today=datetime.now(UTC).date())
    return "\n\n".join(part for part in (made, told, "\n".join(table), STALE) if part)


def _row(name: str, given: Predictions, classes: int) -> str:
    counts = np.bincount(given.label, minlength=classes).tolist()
    cells = [len(given.label), len(np.unique(given.lesion_id)), *counts]
    return f"| {name} | {' | '.join(f'{count:,}' for count in cells)} |"
