"""Test-time augmentation: a finished run graded on several views of each picture, beside the one that is served.

The service runs a picture once, so the card and the bundle keep the figures of one view. These are written apart:
predictions/<part>.views-<n>.npz and report/views-<n>.json.
"""

import json
from pathlib import Path

from training import predictions
from training.calibrate import calibrate_probabilities
from training.evaluate import Report, evaluate, groupings, table
from training.finished import Finished
from training.predict import predict
from training.report.files import FOLDER
from training.run import Data
from training.splits import Part


def grade_views(run: Path, opened: Data, part: Part, views: int) -> str:
    """Predict validation (for its temperature) and `part` on so many views. A table: one view, and as many."""
    model, target = Finished.read(run).model(), opened.target
    grouping = next(iter(groupings(target).values()))
    rows: list[tuple[str, Report]] = []
    for shown in (1, views):
        decision = calibrate_probabilities(predict(model, opened.in_order("validation"), shown), target)
        answers = predict(model, opened.in_order(part), shown)
        if shown > 1:
            answers.write(run / predictions.FOLDER / f"{part}.views-{shown}.npz")
        rows.append((f"{shown} view{'s' if shown > 1 else ''}", evaluate(answers, decision, grouping, target)))
    content = {"part": part, "views": views, "reports": {name: grades.model_dump(mode="json") for name, grades in rows}}
    (run / FOLDER / f"views-{views}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return table(rows)
