"""python -m training data-report."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT
from training.__main__ import main


def test_a_report_of_a_split_catalog(drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report"
    arguments = ["data-report", str(drawn / "drawn"), "--splits", "dataset", "--out", str(out), "--samples", "2"]
    assert main(arguments) == 0
    told = json.loads((out / "report.json").read_text())
    assert told["parts"]["divided"] == []
    assert sum(map(sum, told["parts"]["images"]["counts"])) == 320
    assert len(told["sheets"]["by_category"][0]["images"]) == 2
    assert str(out / "index.html") in capsys.readouterr().out
    assert (out / "index.html").stat().st_size < 6_000_000


def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data-report", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: No catalog in")
    assert main(["data-report", str(drawn / "drawn"), "--splits", "nowhere.csv"]) == 1
    assert "No split at" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["data-report", str(drawn / "drawn"), "--samples", "0"])
    assert "expected 1 to 48 images a sheet. Received 0." in capsys.readouterr().err


def test_it_needs_no_tensorflow() -> None:
    code = (
        "import sys, training.datareport.page, training.datareport.describe, training.commands.data_report; "
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"
