"""An evaluation into a run's report/: numbers, their schema, the page and the card."""

import json
from pathlib import Path

from training.evaluation.evaluation import Evaluation
from training.report.card import card
from training.report.files import CARD_FILE, FOLDER, NUMBERS_FILE, PAGE_FILE, SCHEMA_FILE
from training.report.page import Pictures, render


def write(run: Path, found: Evaluation, pictures: Pictures | None = None) -> Path:
    """Write report.json, report.schema.json, report.html and card.md; returns the folder.

    `pictures` are the gallery's. The page and the card are drawn from what report.json gives when it is read back, so
    that neither can say what it does not hold.
    """
    directory = run / FOLDER
    directory.mkdir(parents=True, exist_ok=True)
    numbers = directory / NUMBERS_FILE
    numbers.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    schema = json.dumps(Evaluation.model_json_schema(mode="serialization"), indent=2)
    (directory / SCHEMA_FILE).write_text(schema + "\n", encoding="utf-8")
    told = Evaluation.read(numbers)
    (directory / PAGE_FILE).write_text(render(told, pictures), encoding="utf-8")
    (directory / CARD_FILE).write_text(card(told), encoding="utf-8")
    return directory
