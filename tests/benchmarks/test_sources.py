"""What is left out is not learned from, what is held out stays where it is, and the table tells who saw what."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sources import ALL, SOURCES, as_few, main, names, row, table, without
from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from training.catalog import Catalog, Record
from training.errors import InvalidData
from training.evaluation.answers import Answers
from training.predictions import Predictions
from training.splits import PARTS, Splits

pytestmark = pytest.mark.tensorflow

NAMES = (*SOURCES, "other")


def records(count: int = 800) -> list[Record]:
    return [
        Record(image_id=f"I{n:03d}", label=("MEL", "NV")[n % 2], source=NAMES[n // 2 % 4], sha256=str(n), file="")
        for n in range(count)
    ]


def split(held: list[Record]) -> Splits:
    """Pairs of images are groups; parts in turn."""
    return Splits(
        {each.image_id: PARTS[n // 8 % 4] for n, each in enumerate(held)},
        {each.image_id: f"G{n // 2}" for n, each in enumerate(held)},
    )


def test_a_source_left_out_is_learned_from_nowhere_and_graded_as_before() -> None:
    held = records()
    base = split(held)
    lacking = without(base, held, SOURCES["MSK"])
    for each in held:
        before, after = base.parts[each.image_id], lacking.parts[each.image_id]
        gone = each.source in {"MSK", "other"} and before in {"train", "validation"}
        assert after == ("unused" if gone else before)


def test_a_group_goes_whole_with_any_image_of_the_source() -> None:
    held = records(8)
    mixed = [replace(held[0], source="MSK"), *held[1:]]
    lacking = without(Splits(dict.fromkeys((r.image_id for r in held), "train"), split(held).groups), mixed, ["MSK"])
    assert [name for name, part in lacking.parts.items() if part == "unused"] == ["I000", "I001", "I004", "I005"]


def test_as_few_is_as_few_of_every_source() -> None:
    held = records()
    base = split(held)
    lacking = without(base, held, SOURCES["MSK"])
    thinned = as_few(base, lacking, held)
    trained = [sum(part == "train" for part in each.parts.values()) for each in (base, lacking, thinned)]
    assert trained[1] == trained[0] / 2
    assert trained[2] == pytest.approx(trained[1], rel=0.2)
    left = {each.source for each in held if thinned.parts[each.image_id] == "train"}
    assert left == set(NAMES)
    assert all(base.parts[name] == part for name, part in thinned.parts.items() if part in {"calibration", "test"})


def graded(held: list[Record], wrong: set[str]) -> Answers:
    label = np.array([CODES.index(each.label) for each in held], np.int32)
    said = [CODES.index("NV") if each.source in wrong else label[n] for n, each in enumerate(held)]
    logits = np.eye(len(CODES), dtype=np.float32)[said] * 5
    ids = np.array([each.image_id for each in held])
    return Answers.of(Predictions(ids, ids, label, logits), DecisionSpec(temperature=1.0))


def test_a_row_grades_the_source_alone() -> None:
    held = records(80)
    lacking, thinned = names("HAM10000")
    found = {ALL: graded(held, set()), lacking: graded(held, {"HAM10000"}), thinned: graded(held, {"MSK"})}
    told = row("HAM10000", found, {each.image_id: each for each in held})
    assert (told.images, told.malignant, told.classes) == (20, 10, 2)
    assert told.balanced_accuracy == {ALL: 1.0, thinned: 1.0, lacking: 0.5}
    assert told.malignancy_auc == {ALL: 1.0, thinned: 1.0, lacking: 0.5}
    assert told.balanced_accuracy_drop[thinned].value == -0.5
    text = table([told])
    assert "| HAM10000 (20, 20, 2) | balanced accuracy % | 100.0 | 100.0 | 50.0 | -50.0 (" in text
    with pytest.raises(InvalidData, match="holds no image of MSK"):
        row(
            "MSK",
            {name: graded([r for r in held if r.source == "BCN_20000"], set()) for name in found},
            {each.image_id: each for each in held},
        )


def test_from_drawn_lesions_to_a_table(drawn: Path, tmp_path: Path) -> None:
    known = Catalog.read(drawn / "drawn")
    # The halves of each lesion's number: both images of a lesion come from one source.
    told = [replace(each, source=NAMES[int(each.lesion_id[-3:]) // 8 % 2]) for each in known.records]
    Catalog(told, known.images).write(tmp_path / "data" / "drawn")
    (tmp_path / "data" / "drawn" / "splits.csv").write_bytes((drawn / "drawn" / "splits.csv").read_bytes())
    given = [
        "--data",
        str(tmp_path / "data"),
        "--dataset",
        "drawn",
        "--splits",
        "dataset",
        "--out",
        str(tmp_path / "out"),
    ]
    given += ["--only", "HAM10000", "--epochs", "1", "--share", "0.5", "--model.backbone", "tiny"]
    given += ["--image.size", "32", "--pipeline.augmentation", "null", "--fit.average", "null"]
    with pytest.raises(InvalidData, match="no finished run of all sources"):
        main([*given, "--table"])
    main(given)
    (item,) = json.loads((tmp_path / "out" / "sources.json").read_text())
    assert item["source"] == "HAM10000"
    assert set(item["balanced_accuracy"]) == {ALL, *names("HAM10000")}
    first = (tmp_path / "out" / "sources.md").read_text()
    main([*given, "--table"])
    assert (tmp_path / "out" / "sources.md").read_text() == first
