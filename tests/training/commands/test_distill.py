"""distill: teachers by name or path, the student's run, and the comparison that is printed."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from training.__main__ import main
from training.commands.distill import teacher_name, with_teachers
from training.config import InvalidConfig
from training.options.distillation import Distillation
from training.recipes.smoke import CONFIG

BRIEF = ("--fit.phases", '[{"epochs": 1, "learning_rate": 0.005}]')


@pytest.mark.parametrize("form", ["starter", "runs/starter", "./runs/starter/", "{}/runs/starter"])
def test_a_teacher_goes_by_its_name_or_path(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert teacher_name(form.format(tmp_path), Path("runs")) == "starter"


def test_a_teacher_from_elsewhere_is_refused() -> None:
    with pytest.raises(
        InvalidConfig, match=r"Expected a run in runs\. Received old/starter\. Give --runs old, or link"
    ):
        teacher_name("old/starter", Path("runs"))


def test_teachers_come_from_the_command_or_the_recipe() -> None:
    with pytest.raises(InvalidConfig, match="A student needs a teacher"):
        with_teachers(CONFIG, [])
    taught = with_teachers(CONFIG, ["a", "b"])
    assert taught.distillation == Distillation(teachers=("a", "b"))
    own = CONFIG.model_copy(update={"distillation": Distillation(teachers=("c",), temperature=7)})
    assert with_teachers(own, []) == own
    assert with_teachers(own, ["a"]).distillation == Distillation(teachers=("a",), temperature=7)


@pytest.mark.tensorflow
def test_a_student_is_trained_and_compared_and_tells_its_lineage(
    smoke_run: Path, drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = smoke_run.parent
    directories = ["--data", str(drawn), "--cache", str(runs / "cache"), "--runs", str(runs)]
    options = ["--teacher", "smoke", "--name", "pupil", "--distillation.features", "0.1", *BRIEF]
    assert main(["distill", "smoke", *directories, *options, "--image.size", "32"]) == 0

    config = json.loads((runs / "pupil" / "config.json").read_text())
    assert config["distillation"] == {"teachers": ["smoke"], "temperature": 3.0, "soft": 0.7, "features": 0.1}
    with (runs / "pupil" / "seen.csv").open() as file:
        assert {row["run"] for row in csv.DictReader(file)} == {"pupil", "smoke"}

    told = json.loads((runs / "pupil" / "report" / "student.json").read_text())
    assert told["part"] == "calibration"
    pupil, teacher = told["rows"]
    assert (pupil["name"], pupil["lead"], teacher["name"]) == ("pupil", None, "smoke")
    lead = pupil["balanced_accuracy"] - teacher["balanced_accuracy"]
    assert teacher["lead"]["balanced_accuracy"] == pytest.approx(lead)
    assert teacher["lead"]["interval"][0] <= lead <= teacher["lead"]["interval"][1]
    assert 0 < pupil["flops"] < teacher["flops"]
    assert pupil["parameters"] == teacher["parameters"]
    assert "Learned from the run smoke: Pictures drawn" in (runs / "pupil" / "report" / "card.md").read_text()
    page = (runs / "pupil" / "report" / "student.md").read_text()
    assert page in capsys.readouterr().out


@pytest.mark.tensorflow
def test_a_teacher_that_saw_what_is_held_out_is_refused(
    smoke_run: Path, drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = smoke_run.parent
    shutil.copytree(smoke_run, runs / "leaky")
    with (drawn / "drawn" / "splits.csv").open() as file:
        held_out = next(row["image_id"] for row in csv.DictReader(file) if row["part"] == "test")
    with (runs / "leaky" / "seen.csv").open("a") as file:
        file.write(f"{held_out},,,,train,leaky\n")
    directories = ["--data", str(drawn), "--cache", str(runs / "cache"), "--runs", str(runs)]
    assert main(["distill", "smoke", *directories, "--teacher", "leaky", "--name", "cheat", *BRIEF]) == 1
    assert f"leaky has used {held_out} as train" in capsys.readouterr().err
    assert not (runs / "cheat").exists()


@pytest.mark.tensorflow
def test_a_missing_teacher_is_told_before_a_folder_is_made(
    smoke_run: Path, drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = smoke_run.parent
    directories = ["--data", str(drawn), "--cache", str(runs / "cache"), "--runs", str(runs)]
    assert main(["distill", "smoke", *directories, "--teacher", "nobody", "--name", "orphan", *BRIEF]) == 1
    assert "nobody" in capsys.readouterr().err
    assert not (runs / "orphan").exists()
