"""Our metrics against the scorer of the ISIC challenges, which runs in an environment of its own: `make test-oracle`.

Each trial goes through it for each reading twice: probabilities, by which it grades and ranks, and the class that we
answered as a certainty, from which it counts each class. It cannot grade a class without images: that column is left
out, and what was answered so is then nothing, as wrong for it as for us.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from lesion.decision import DecisionSpec
from tests.paths import ROOT
from tests.training.evaluation.trials import SPEC, TRIALS
from training.evaluation.answers import Answers
from training.evaluation.classification import Reading, ReadingName, chosen, classification
from training.evaluation.estimate import Estimate
from training.evaluation.ranking import ranking
from training.predictions import Predictions

SCORER = ROOT / ".venv-oracle" / "bin" / "isic-challenge-scoring"
REAL = os.environ.get("DERMSERVE_ORACLE_PREDICTIONS")
CLOSE = 1e-9
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(not SCORER.is_file(), reason="needs .venv-oracle: make test-oracle"),
]


def real() -> Answers:
    """Of a predictions/<part>.npz, decided as its run does where there is a decision.json."""
    if REAL is None:
        pytest.skip("needs DERMSERVE_ORACLE_PREDICTIONS, a run's predictions/<part>.npz")
    file = Path(REAL)
    decision = file.parent.parent / "decision.json"
    spec = DecisionSpec.model_validate_json(decision.read_bytes()) if decision.is_file() else SPEC
    return Answers.of(Predictions.read(file), spec)


@pytest.fixture(params=[*TRIALS, "real"])
def answers(request: pytest.FixtureRequest) -> Answers:
    return TRIALS[request.param] if request.param in TRIALS else real()


@pytest.mark.parametrize("reading", ["even", "calibrated"])
def test_what_is_answered(answers: Answers, reading: ReadingName, tmp_path: Path) -> None:
    told: Reading = getattr(classification(answers), reading)
    certain = np.eye(9)[chosen(answers, reading)][:, :8]
    score = scored(answers, certain, tmp_path)
    agree(told.balanced_accuracy, score["overall"])
    present = [grade for grade in told.classes if grade.images]
    assert [grade.name for grade in present] == list(score["per_category"]["sensitivity"])
    for grade in present:
        expected = {name: values[grade.name] for name, values in score["per_category"].items()}
        agree(grade.recall, expected["sensitivity"])
        agree(grade.specificity, expected["specificity"])
        agree(grade.f1, expected["dice"])
        if grade.precision.value is not None:  # the scorer gives 1 where nothing was answered so
            agree(grade.precision, expected["ppv"])


@pytest.mark.parametrize("reading", ["even", "calibrated"])
def test_what_is_told_by_probabilities(answers: Answers, reading: ReadingName, tmp_path: Path) -> None:
    told, ranked = getattr(classification(answers), reading), ranking(answers)
    score = scored(answers, answers.even if reading == "even" else answers.decision.probabilities, tmp_path)
    if len(np.unique(answers.label)) == len(answers.classes):  # else it may miss the column that is the largest
        agree(told.balanced_accuracy, score["overall"])
    if reading == "calibrated":
        for kind in (each for each in ranked.classes if each.images):
            agree(kind.auc, score["per_category"]["auc"][kind.name])
            agree(kind.average_precision, score["per_category"]["ap"][kind.name])
        agree(ranked.macro.auc, score["macro_average"]["auc"])
        agree(ranked.macro.average_precision, score["macro_average"]["ap"])


def agree(told: Estimate, expected: float) -> None:
    assert told.value == pytest.approx(expected, abs=CLOSE)


def scored(answers: Answers, probabilities: npt.NDArray[np.float64], directory: Path) -> dict[str, Any]:
    """What the scorer says of probabilities (N, C) by the labels, without the classes that have no image."""
    present = np.unique(answers.label)
    files = directory / "truth.csv", directory / "prediction.csv"
    for file, table in zip(files, (np.eye(8)[answers.label], probabilities), strict=True):
        lines = [f"image,{','.join(answers.classes[place] for place in present)}"]
        for name, row in zip(answers.predictions.image_id.tolist(), table[:, present].tolist(), strict=True):
            lines.append(f"{name},{','.join(map(repr, row))}")
        file.write_text("\n".join(lines) + "\n")
    run = subprocess.run([SCORER, "-o", "json", "classification", *files], capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(run.stdout)
    return result
