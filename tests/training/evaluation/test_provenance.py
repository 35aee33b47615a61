import json
from dataclasses import replace
from pathlib import Path

import pytest

from training.catalog import Catalog, Record
from training.config import Config
from training.evaluation.provenance import Provenance
from training.options.fit import Phase
from training.recipes.smoke import CONFIG
from training.run_files import CONFIG_FILE
from training.splits import Part, Splits

PARTS_OF: dict[int, Part] = {0: "train", 1: "train", 2: "validation", 3: "calibration", 4: "test", 5: "unused"}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    run = tmp_path / "mine"
    run.mkdir()
    told = {"git_revision": "0123abc", "seed": 7, "packages": {"keras": "3.13.0"}}
    (run / "environment.json").write_text(json.dumps(told))
    return run


def record(number: int) -> Record:
    facts = {"age": 50.0, "sex": "female", "confirmation": "histo"} if number % 2 else {"site": "head/neck"}
    return Record(
        image_id=f"I{number}",
        label=("NV", "MEL")[number % 2],
        source="here",
        sha256=str(number),
        file="",
        **facts,
    )


def of(run: Path, config: Config = CONFIG, groups: dict[str, str] | None = None) -> Provenance:
    catalog = Catalog([record(number) for number in PARTS_OF], run)
    parts = {f"I{number}": part for number, part in PARTS_OF.items()}
    return Provenance.of(run, config, catalog, Splits(parts, groups or {name: name for name in parts}))


def test_it_counts_what_is_in_each_part(run: Path) -> None:
    told = of(run, groups={"I0": "I0", "I1": "I0", **{f"I{k}": f"I{k}" for k in range(2, 6)}})
    train, validation, calibration, test = told.parts
    assert (train.images, train.lesions, train.labels) == (2, 1, {"NV": 1, "MEL": 1})
    assert calibration.without == {"age": 0, "sex": 0, "site": 1, "confirmation": 0}
    assert (validation.images, test.images) == (1, 1)
    assert told.gate.model_dump() == {"split": "dataset", "groups": 4, "compared": {"file": 5}, "divided": 0}
    assert told.sources == {"here": 5}
    assert told.confirmations == {"not stated": 3, "histo": 2}


def test_a_divided_lesion_would_be_counted(run: Path) -> None:
    records = [replace(record(number), lesion_id="L1" if number in {1, 4} else "") for number in PARTS_OF]
    parts = {f"I{number}": part for number, part in PARTS_OF.items()}
    told = Provenance.of(run, CONFIG, Catalog(records, run), Splits(parts, {name: name for name in parts}))
    assert told.gate.divided == 1
    assert told.gate.compared == {"lesion": 1, "file": 5}


def test_it_says_how_it_was_trained_and_where(run: Path) -> None:
    phases = (Phase(train="head", epochs=1, learning_rate=0.1), Phase(train=0.5, epochs=2, learning_rate=0.2))
    told = of(run, CONFIG.model_copy(update={"fit": CONFIG.fit.model_copy(update={"phases": phases})}))
    assert told.training["phases"] == (
        "1 epoch of the head alone, learning rate up to 0.1; "
        "2 epochs of the last 50% of the backbone, learning rate up to 0.2"
    )
    assert told.training["augmentation"] == "flips, rotation degrees 15, zoom 0.1, stretch 0.1, color 0.05"
    assert told.environment == {"git_revision": "0123abc", "seed": "7"}
    assert told.packages == {"keras": "3.13.0"}
    assert told.pretrained is None
    assert told.architecture == "dual, backbone tiny"


def test_what_it_learned_from_comes_along(run: Path) -> None:
    parent = run.parent / "parent"
    parent.mkdir()
    theirs = CONFIG.model_copy(update={"data_license": "CC BY-NC 4.0"})
    (parent / CONFIG_FILE).write_text(theirs.model_dump_json())
    model = CONFIG.model.model_copy(update={"weights": "run:parent"})
    told = of(run, CONFIG.model_copy(update={"model": model}))
    assert told.licenses == ("Apache-2.0", "CC BY-NC 4.0")
    assert told.pretrained == "parent"


def test_classes_are_what_is_told_apart(run: Path) -> None:
    told = of(run, CONFIG.model_copy(update={"target": "malignancy"}))
    assert [(each.code, each.malignant) for each in told.classes] == [("benign", False), ("malignant", True)]
    assert len(told.categories) == 8
