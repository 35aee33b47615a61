"""The official protocol on a few drawn pictures: the whole way, in seconds."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from benchmarks.dermamnist.figures import Figures
from benchmarks.dermamnist.measure import measure
from benchmarks.dermamnist.published import ROWS, UNVERIFIED
from benchmarks.dermamnist.recipe import CONFIG, SevenClasses
from benchmarks.dermamnist.source import CLASSES, OFFICIAL, Part, Source
from benchmarks.dermamnist.table import LEAK
from lesion.decision import softmax
from lesion.image import ImageSpec
from tests.paths import data_file
from training.drawing import draw
from training.errors import InvalidData
from training.options.fit import Phase
from training.predictions import Predictions

pytestmark = pytest.mark.tensorflow

SIZES: dict[Part, int] = {"train": 42, "val": 14, "test": 21}
LOOKS = {"akiec": "AK"}
TINY = CONFIG.model_copy(
    update={
        "image": ImageSpec(size=32),
        "model": CONFIG.model.model_copy(update={"backbone": "tiny"}),
        "pipeline": CONFIG.pipeline.model_copy(update={"batch_size": 14}),
        "fit": CONFIG.fit.model_copy(update={"phases": (Phase(epochs=2, learning_rate=3e-3),)}),
    }
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Labels and a folder of pictures, as DermaMNIST has them."""
    directory, rng = tmp_path_factory.mktemp("dermamnist"), np.random.default_rng(0)
    (directory / "images").mkdir()
    words = list(CLASSES.values())
    with (directory / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["image_id", "dx", "lesion_id"])
        for part, size in SIZES.items():
            for number in range(size):
                name, word = f"DermaMNIST_{part}_{number:05d}", words[number % 7]
                picture = io.BytesIO()
                draw(LOOKS.get(word, word.upper()), (28, 28), rng).save(picture, "JPEG")
                (directory / "images" / f"{name}.jpg").write_bytes(picture.getvalue())
                rows.writerow([name, word, f"lesion_{number}"])
    return directory / "labels.csv", directory / "images"


def source(files: tuple[Path, Path], cached: Path) -> Source:
    return Source.read(*files, TINY.image, cached, SIZES)


def test_every_picture_is_in_the_part_of_its_name_and_no_placeholder_is_a_lesion(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    whole = source(files, tmp_path)
    for part, size in SIZES.items():
        rows, records = whole.part(part)
        assert len(rows) == size
        assert all(whole.catalog.records[row] is record for row, record in zip(rows, records, strict=True))
        assert {record.image_id.split("_")[1] for record in records} == {part}
    assert {record.label for record in whole.catalog.records} == set(CLASSES)
    assert {record.lesion_id for record in whole.catalog.records} == {""}


def test_less_than_all_of_it_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"uses every picture\. Expected .*7007.* Received .*'train': 42"):
        Source.read(*files, TINY.image, tmp_path)
    labels = tmp_path / "labels.csv"
    labels.write_text(f"{files[0].read_text()}DermaMNIST_train_09999,nv,lesion\n")
    with pytest.raises(InvalidData, match="1 rows without a picture"):
        Source.read(labels, files[1], TINY.image, tmp_path, SIZES)


@pytest.mark.parametrize("row", ["ISIC_0000001,nv,x", "DermaMNIST_train_00000,nv,x", "DermaMNIST_val_09999,scc,x"])
def test_labels_of_something_else_are_refused(files: tuple[Path, Path], tmp_path: Path, row: str) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(f"{files[0].read_text()}{row}\n")
    with pytest.raises(InvalidData, match="each once, and dx one of"):
        Source.read(labels, files[1], TINY.image, tmp_path, SIZES)


def test_val_chooses_and_test_is_opened_only_when_asked_for(files: tuple[Path, Path], tmp_path: Path) -> None:
    whole, out = source(files, tmp_path / "cache"), tmp_path / "out"
    validated = measure(TINY, whole, out, [0, 1], "val")
    assert not list(out.rglob("test.npz"))
    assert "ResNet-18" not in validated.markdown()
    trained = {path: path.stat().st_mtime_ns for path in out.rglob("best.keras")}
    assert len(trained) == 2

    tested = measure(TINY, whole, out, [0, 1], "test")
    assert {path: path.stat().st_mtime_ns for path in out.rglob("best.keras")} == trained
    answers = [Predictions.read(out / f"seed-{seed}" / "predictions" / "test.npz") for seed in (0, 1)]
    assert answers[0].image_id.tolist() == [record.image_id for record in whole.part("test")[1]]
    assert tested.seeds == {seed: Figures.of([answers[seed]]) for seed in (0, 1)}
    assert tested.together == Figures.of(answers)
    assert tested.seeds[0] != tested.seeds[1]

    tested.write(out)
    told = (out / "dermamnist-test.md").read_text(encoding="utf-8")
    assert LEAK in told
    assert "21 pictures of the official test part" in told
    assert [told.count(f"| {row.method} | {row.auc:.3f} | {row.accuracy:.3f} |  | {row.status} |") for row in ROWS] == [
        1
    ] * len(ROWS)
    written = json.loads((out / "dermamnist-test.json").read_text(encoding="utf-8"))
    assert written["seeds"]["1"]["auc"] == tested.seeds[1].auc
    least, most = sorted(figures.accuracy for figures in tested.seeds.values())
    assert written["spread"]["accuracy"] == {"mean": pytest.approx((least + most) / 2), "least": least, "most": most}


def test_a_run_of_another_config_is_not_taken_for_this_one(files: tuple[Path, Path], tmp_path: Path) -> None:
    whole = source(files, tmp_path / "cache")
    brief = TINY.model_copy(update={"fit": TINY.fit.model_copy(update={"phases": (Phase(epochs=1, learning_rate=1),)})})
    measure(brief, whole, tmp_path / "out", [0], "val")
    with pytest.raises(InvalidData, match="was trained by another config"):
        measure(TINY, whole, tmp_path / "out", [0], "val")


def test_the_figures_are_what_they_are_called() -> None:
    rng = np.random.default_rng(0)
    names, label = np.array([f"{n}" for n in range(70)]), (np.arange(70) % 7).astype(np.int32)
    logits = (rng.normal(size=(2, 70, 7)) + np.eye(7)[label]).astype(np.float32)
    both = [Predictions(names, names, label, each, np.array(list(CLASSES))) for each in logits]
    chances = [softmax(each.astype(np.float64)) for each in logits]
    for given, chance in ((both[:1], chances[0]), (both, (chances[0] + chances[1]) / 2)):
        found = Figures.of(given)
        assert found.auc == pytest.approx(roc_auc_score(label, chance, multi_class="ovr", average="macro"))
        assert found.accuracy == (chance.argmax(axis=1) == label).mean()
        assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(label, chance.argmax(axis=1)))
    with pytest.raises(ValueError, match="over the same pictures"):
        Figures.of([both[0], both[1].take(np.arange(69))])
    with pytest.raises(ValueError, match="Every class needs a picture"):
        Figures.of([both[0].take(np.flatnonzero(label != 3))])


def test_nothing_is_learned_from_but_the_pictures() -> None:
    assert isinstance(CONFIG, SevenClasses)
    assert CONFIG.outputs == 7
    assert (CONFIG.model.weights, CONFIG.model.fusion, CONFIG.parents, CONFIG.distillation) == (None, "none", (), None)
    assert sum(OFFICIAL.values()) == 10_015


def test_published_rows_say_how_sure_we_are() -> None:
    assert {row.method for row in ROWS if row.status == UNVERIFIED} == {
        "ResNet-18 (224)",
        "ResNet-50 (28)",
        "auto-sklearn",
        "AutoKeras",
    }


@pytest.mark.data
def test_the_real_data_are_whole(tmp_path: Path) -> None:
    files = data_file("dermamnist_labels.csv"), data_file("dermamnist_28x28.zip")
    whole = Source.read(*files, CONFIG.image, tmp_path)
    counts = dict.fromkeys(CLASSES, 0)
    for record in whole.part("test")[1]:
        counts[record.label] += 1
    assert counts == {"AKIEC": 66, "BCC": 103, "BKL": 220, "DF": 23, "MEL": 223, "NV": 1341, "VASC": 29}
