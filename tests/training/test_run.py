"""From drawn lesions to a finished run: it learns, it needs the metadata, and it keeps its books."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from export.__main__ import main as convert
from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from training.__main__ import main
from training.checkpoints import BEST_FILE, LAST_FILE
from training.evaluate import EIGHT, evaluate
from training.evaluation.evaluation import Evaluation
from training.predictions import Predictions

pytestmark = pytest.mark.tensorflow


def train(data: Path, runs: Path, *arguments: str) -> int:
    directories = ["--data", str(data), "--cache", str(runs / "cache"), "--runs", str(runs)]
    return main(["train", "smoke", *directories, *arguments])


def test_a_run_leaves_everything_the_next_stage_reads(smoke_run: Path) -> None:
    names = {path.relative_to(smoke_run).as_posix() for path in smoke_run.rglob("*") if path.is_file()}
    assert names == {
        "config.json",
        "environment.json",
        "seen.csv",
        "history.csv",
        "best.keras",
        "last.keras",
        "decision.json",
        "quality.json",
        "predictions/validation.npz",
        "predictions/calibration.npz",
        "predictions/test.npz",
        "report/report.json",
        "report/card.md",
        "report/report.html",
        "report/report.schema.json",
    }
    with (smoke_run / "history.csv").open() as file:
        history = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in history] == list(range(len(history)))
    assert len(json.loads((smoke_run / "environment.json").read_text())["splits_sha256"]) == 64


def test_it_learned_the_pictures_and_the_patients(smoke_run: Path) -> None:
    predictions = Predictions.read(smoke_run / "predictions" / "test.npz")
    decision = DecisionSpec.model_validate_json((smoke_run / "decision.json").read_text())
    report = evaluate(predictions, decision, EIGHT)
    assert report.balanced_accuracy > 0.85
    # Drawn alike: only age and site tell them apart.
    assert report.recall["AK"] > 0.6
    assert report.recall["SCC"] > 0.6


def test_predictions_are_of_the_images_they_name(smoke_run: Path, drawn: Path) -> None:
    with (drawn / "drawn" / "GroundTruth.csv").open() as file:
        truth = {row["image"][:12]: max(CODES, key=lambda code: float(row[code])) for row in csv.DictReader(file)}
    with (drawn / "drawn" / "splits.csv").open() as file:
        parts = {row["image_id"]: row["part"] for row in csv.DictReader(file)}
    for part in ("validation", "calibration", "test"):
        predictions = Predictions.read(smoke_run / "predictions" / f"{part}.npz")
        assert set(predictions.image_id) == {name for name, where in parts.items() if where == part}
        assert [CODES[label] for label in predictions.label] == [truth[name] for name in predictions.image_id]


def test_a_run_is_never_overwritten(smoke_run: Path, drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(drawn, smoke_run.parent, "--name", smoke_run.name) == 1
    assert "is there already" in capsys.readouterr().err


def test_without_final_the_test_part_stays_shut_until_evaluate(drawn: Path, tmp_path: Path) -> None:
    assert train(drawn, tmp_path, "--fit.phases", '[{"epochs": 1, "learning_rate": 0.001}]') == 0
    run = tmp_path / "smoke"
    assert not (run / "predictions" / "test.npz").exists()
    assert json.loads((run / "report" / "report.json").read_text())["part"] == "calibration"
    assert main(["evaluate", str(run), "--data", str(drawn), "--cache", str(tmp_path / "cache")]) == 0
    found = Evaluation.read(run / "report" / "report.json")
    assert [name for name in type(found).model_fields if getattr(found, name) is None] == []
    page = (run / "report" / "report.html").read_text(encoding="utf-8")
    assert found.gallery is not None
    shown = [entry.image_id for section in found.gallery.sections for entry in section.entries]
    assert all(name in page for name in shown)
    assert json.loads((run / "report" / "report.json").read_text())["part"] == "test"
    assert (run / BEST_FILE).is_file()
    assert (run / LAST_FILE).is_file()


def test_other_data_cannot_be_passed_off_as_unseen(
    smoke_run: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data" / "drawn"
    shutil.copytree(drawn / "drawn", data)
    assert main(["split", str(data), "--seed", "7"]) == 0
    assert main(["evaluate", str(smoke_run), "--data", str(tmp_path / "data"), "--cache", str(tmp_path / "cache")]) == 1
    assert "was trained on other data" in capsys.readouterr().err


ONE_EPOCH = ("--fit.phases", '[{"epochs": 1, "learning_rate": 0.001}]')
FROM_SMOKE = ("--model.weights", "run:smoke", "--model.weights_note", "the run smoke")


def test_a_run_that_learns_from_another_inherits_what_it_saw(smoke_run: Path, drawn: Path, tmp_path: Path) -> None:
    shutil.copytree(smoke_run, tmp_path / "smoke")
    assert train(drawn, tmp_path, "--name", "child", *ONE_EPOCH, *FROM_SMOKE) == 0
    assert train(drawn, tmp_path, "--name", "grandchild", *ONE_EPOCH, "--parents", '["child"]') == 0
    with (tmp_path / "grandchild" / "seen.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["run"] for row in rows} == {"grandchild", "child", "smoke"}
    with (drawn / "drawn" / "splits.csv").open() as file:
        parts = {row["image_id"]: row["part"] for row in csv.DictReader(file)}
    for run in ("grandchild", "child", "smoke"):
        used = {row["image_id"]: row["part"] for row in rows if row["run"] == run}
        assert used == {name: part for name, part in parts.items() if part != "test"}


@pytest.mark.parametrize("ancestry", [FROM_SMOKE, ("--parents", '["smoke"]')], ids=["weights", "teacher"])
def test_a_parent_that_saw_a_held_out_lesion_is_refused(
    ancestry: tuple[str, ...], smoke_run: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data" / "drawn"
    shutil.copytree(drawn / "drawn", data)
    assert main(["split", str(data), "--seed", "7"]) == 0
    shutil.copytree(smoke_run, tmp_path / "smoke")
    assert train(tmp_path / "data", tmp_path, "--name", "child", *ancestry) == 1
    assert "smoke has used ISIC_" in capsys.readouterr().err
    assert not (tmp_path / "child").exists()


def test_weights_from_elsewhere_are_followed_by_their_list(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(drawn / "drawn", data / "drawn")
    (data / "theirs.csv").write_text("image\n" + "".join(f"ISIC_{9_000_000 + number}\n" for number in range(320)))
    weights = ("--model.weights", "theirs.h5", "--model.weights_note", "theirs", "--model.weights_saw", "theirs.csv")
    assert train(data, tmp_path, *weights) == 1
    assert "theirs.h5 has used ISIC_" in capsys.readouterr().err
    assert train(data, tmp_path, *weights[:4]) == 1
    assert "need weights_saw" in capsys.readouterr().err


def test_a_loss_that_is_not_finite_stops_the_run(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = ("--fit.phases", '[{"epochs": 2, "learning_rate": 1e30}]', "--fit.weight_decay", "0")
    assert train(drawn, tmp_path, *wild) == 1
    assert "nan after step 1 (epoch 1, batch 2 of 12)" in capsys.readouterr().err


def test_no_data_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # the first try must not stand in the way of the second
        assert train(tmp_path / "nowhere", tmp_path) == 1
        assert "python -m training import" in capsys.readouterr().err


def test_a_leak_stops_the_run(drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data" / "drawn"
    shutil.copytree(drawn / "drawn", data)
    splits = (drawn / "drawn" / "splits.csv").read_text().splitlines()
    # The two pictures of the first drawn lesion, in two parts, under groups of their own.
    splits[1:3] = ["ISIC_9000000,a,train", "ISIC_9000001,b,test"]
    (data / "splits.csv").write_text("\n".join(splits) + "\n")
    assert train(tmp_path / "data", tmp_path) == 1
    assert "lesion DRAWN_0000000 lies in two parts" in capsys.readouterr().err


def test_probabilities_are_finite(smoke_run: Path) -> None:
    assert np.isfinite(Predictions.read(smoke_run / "predictions" / "test.npz").logits).all()


def test_a_run_is_repeated_from_its_config(drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(drawn, tmp_path, "--name", "first", *ONE_EPOCH, "--seed", "7") == 0
    directories = ["--data", str(drawn), "--cache", str(tmp_path / "cache"), "--runs", str(tmp_path)]
    assert main(["train", str(tmp_path / "first" / "config.json"), "--name", "again", *directories]) == 0
    first, again = (tmp_path / name for name in ("first", "again"))
    assert (first / "config.json").read_text() == (again / "config.json").read_text()
    assert (first / "history.csv").read_text() == (again / "history.csv").read_text()
    one, other = (Predictions.read(run / "predictions" / "calibration.npz") for run in (first, again))
    np.testing.assert_array_equal(one.logits, other.logits)

    (tmp_path / "other.json").write_text('{"name": "mine"}')
    for wrong, told in (
        ("nothing", "No recipe 'nothing'"),
        (str(tmp_path / "other.json"), "is no config of this version of the program"),
    ):
        assert main(["train", wrong, *directories]) == 1
        assert told in capsys.readouterr().err


def test_a_finished_run_is_not_resumed_and_none_neither(
    smoke_run: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directories = ["--data", str(drawn), "--cache", str(smoke_run.parent / "cache")]
    for run, told in ((smoke_run, "is finished"), (tmp_path / "none", "There is no run at")):
        assert main(["resume", str(run), *directories]) == 1
        assert told in capsys.readouterr().err


def test_a_run_that_is_not_finished_is_not_graded_nor_learned_from(
    smoke_run: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else test would be opened for half a run, and what it needs to go on would be gone."""
    shutil.copytree(smoke_run, tmp_path / "smoke")
    (tmp_path / "smoke" / "state.npz").write_bytes(b"half")
    directories = ["--data", str(drawn), "--cache", str(smoke_run.parent / "cache")]
    assert main(["evaluate", str(tmp_path / "smoke"), *directories]) == 1
    assert "is not finished. Go on with it: python -m training resume" in capsys.readouterr().err
    assert (tmp_path / "smoke" / "state.npz").is_file()
    for ancestry in (FROM_SMOKE, ("--parents", '["smoke"]'), ("--parents", '["nobody"]')):
        assert train(drawn, tmp_path, "--name", "child", *ancestry) == 1
        assert "finished" in capsys.readouterr().err
    assert not (tmp_path / "child").exists()


def test_what_cannot_be_trained_leaves_no_run_behind(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(drawn, tmp_path, "--model.builder", "baseline", "--fit.phases.0.train", "head") == 1
    assert "has no backbone that could be frozen" in capsys.readouterr().err
    extra = '[{"code": "LENTIGO", "name": "Solar lentigo", "malignant": false}]'
    assert train(drawn, tmp_path, "--extra_categories", extra) == 1
    assert "is labeled LENTIGO, an extra category" in capsys.readouterr().err
    assert not (tmp_path / "smoke").exists()


def test_only_the_eight_categories_are_exported(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(drawn, tmp_path, "--target", "malignancy", "--final", *ONE_EPOCH) == 0
    report = json.loads((tmp_path / "smoke" / "report" / "report.json").read_text())["reports"]["malignancy"]
    assert report["classes"] == ["benign", "malignant"]
    assert report["malignancy_auc"] == pytest.approx(report["macro_auc"])
    assert Predictions.read(tmp_path / "smoke" / "predictions" / "test.npz").logits.shape == (64, 1)
    assert convert(["convert", str(tmp_path / "smoke"), "--models", str(tmp_path / "models")]) == 1
    assert "Received a run that tells ('benign', 'malignant')" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()
