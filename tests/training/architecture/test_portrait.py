"""A drawing as a user gets it: both files, words and numbers in them, a table that adds up."""

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import keras
import pytest
from PIL import Image

from tests.paths import ROOT
from training.__main__ import main
from training.architecture import portrait
from training.config import InvalidConfig, recipe
from training.models.build import build
from training.overrides import override

pytestmark = pytest.mark.tensorflow


def words(svg: Path) -> list[str]:
    root = ET.fromstring(svg.read_text(encoding="utf-8"))  # noqa: S314 # it is our own
    return ["".join(each.itertext()).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_command_draws_what_the_model_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "smoke", "--out", str(tmp_path), "--image.size", "64", "--expand"]) == 0
    files = [Path(line) for line in capsys.readouterr().out.split()]
    assert [path.name for path in files] == ["smoke-expanded.svg", "smoke-expanded.png", "smoke.md", "smoke.csv"]
    model = build(override(recipe("smoke"), ["--image.size", "64"]), tmp_path, tmp_path)
    told = words(files[0])
    assert {"Image", "64 × 64 × 3", "Metadata", "tiny", "Convolution 3×3, 16, stride 2 · BN · ReLU"} <= set(told)
    assert any(f"{sum(w.shape.num_elements() for w in model.trainable_weights):,} trained" in text for text in told)
    with Image.open(files[1]) as picture:
        assert picture.height > picture.width > 500
    rows = table(files[3])
    assert sum(int(row["trained"]) + int(row["fixed"]) for row in rows) == model.count_params()
    assert f"**{model.count_params():,} in all**" in files[2].read_text(encoding="utf-8")


def test_neither_weights_nor_data_are_needed_and_the_same_model_gives_the_same_file(tmp_path: Path) -> None:
    config = override(recipe("starter"), ["--image.size", "64", "--model.backbone", "tiny"])
    assert config.model.weights_file
    drawn = []
    for name in ("one", "other"):
        keras.backend.clear_session()
        drawn.append(portrait.write(config, tmp_path / name))
    assert [path.read_bytes() for path in drawn[0]] == [path.read_bytes() for path in drawn[1]]
    assert "13 layers, 4 of them convolutions" in words(drawn[0][0])


def test_a_phase_tells_apart_what_it_trains(tmp_path: Path) -> None:
    config = override(recipe("starter"), ["--image.size", "64", "--model.backbone", "tiny"])
    portrait.write(config, tmp_path, phase=1)
    backbone = [row for row in table(tmp_path / "starter-phase1.csv") if row["layer"].startswith("backbone/")]
    assert sum(int(row["fixed"]) for row in backbone) > 0
    assert not any(int(row["trained"]) for row in backbone)
    with pytest.raises(InvalidConfig, match=r"phases 1 to 2\. Received 3"):
        portrait.write(config, tmp_path, phase=3)


def test_a_single_box_and_a_missing_branch_are_drawn_too(tmp_path: Path) -> None:
    config = override(recipe("smoke"), ["--model.fusion", "none", "--target", "malignancy"])
    svg = portrait.write(config, tmp_path)[0]
    assert {"Image", "Metadata"} <= set(words(svg))
    assert any("to 1 logit;" in text for text in words(svg))


@pytest.mark.parametrize("name", ["baseline", "starter"])
def test_the_drawings_in_the_docs_are_true(name: str, tmp_path: Path) -> None:
    keras.backend.clear_session()  # layers without a name of their own are numbered through the session
    drawn = portrait.write(recipe(name), tmp_path)[0]
    again = f"python -m training draw {name} --out drawings && cp drawings/{name}.svg docs/images/"
    assert words(ROOT / "docs" / "images" / f"{name}.svg") == words(drawn), again
