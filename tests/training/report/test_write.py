import json
from pathlib import Path

import pytest

from tests.training.report.cases import pictures, plain, whole
from training.errors import InvalidData
from training.evaluation.evaluation import Evaluation
from training.report.write import write


def test_it_writes_numbers_schema_page_and_card(tmp_path: Path) -> None:
    folder = write(tmp_path, whole(), pictures())
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.md",
        "report.html",
        "report.json",
        "report.schema.json",
    ]
    text = (folder / "report.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    assert Evaluation.read(folder / "report.json") == whole()
    assert json.loads(text)["reports"]["isic2019"]["balanced_accuracy"] == whole().reports["isic2019"].balanced_accuracy


def test_the_schema_describes_what_is_written(tmp_path: Path) -> None:
    folder = write(tmp_path, whole(), pictures())
    schema = json.loads((folder / "report.schema.json").read_text(encoding="utf-8"))
    content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert content.keys() == schema["properties"].keys()
    assert schema["properties"]["schema_version"]["const"] == 1
    assert all(name in schema["$defs"] for name in ("Operating", "Calibration", "Provenance"))


def test_what_cannot_be_measured_is_read_back(tmp_path: Path) -> None:
    reports = {name: each.model_copy(update={"macro_auc": float("nan")}) for name, each in plain().reports.items()}
    folder = write(tmp_path, plain().model_copy(update={"reports": reports}))
    assert json.loads((folder / "report.json").read_text())["reports"]["isic2019"]["macro_auc"] is None
    assert str(Evaluation.read(folder / "report.json").reports["isic2019"].macro_auc) == "nan"
    assert "macro_auc" not in (folder / "card.md").read_text().split("\n---\n")[0]


def test_a_report_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(InvalidData, match="There is no report at"):
        Evaluation.read(path)
    content = json.loads(plain().model_dump_json())
    path.write_text(json.dumps({**content, "schema_version": 2}))
    with pytest.raises(InvalidData, match="is no report of schema version 1: schema_version"):
        Evaluation.read(path)
