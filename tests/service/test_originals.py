"""Real photographs in every size at hand get an answer from the shipped bundle."""

import json
import subprocess
import sys

import pytest

from lesion.diagnosis import CODES
from tests.paths import ROOT, data_file


@pytest.mark.data
def test_every_original_gets_an_answer() -> None:
    files = sorted(data_file("originals").iterdir())
    command = [sys.executable, "-m", "service", "predict", *map(str, files), "--age", "55", "--sex", "female"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [path.name for path in files]
    rejected = [answer for answer in answers if answer["outcome"] == "rejected"]
    # Two pictures of BCN are two thirds black frame.
    assert len(rejected) <= 3
    assert {item["code"] for answer in rejected for item in answer["quality"]["findings"]} <= {"black_border"}
    answered = [answer for answer in answers if answer["outcome"] != "rejected"]
    for answer in answered:
        assert sorted(item["category"] for item in answer["diagnoses"]) == sorted(CODES)
        assert sum(item["probability"] for item in answer["diagnoses"]) == pytest.approx(1)
    # A model that gave the same to everything would pass all of the above.
    assert len({answer["diagnoses"][0]["category"] for answer in answered}) >= 5
    assert {"suspicious", "not_suspicious"} <= {answer["outcome"] for answer in answered}
