import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lesion.diagnosis import CODES
from tests.paths import ROOT
from training.drawing import draw, patient, write_dataset, write_examples


@pytest.mark.parametrize("category", CODES)
def test_every_category_can_be_drawn(category: str) -> None:
    picture = np.asarray(draw(category, (80, 60), np.random.default_rng(0)), np.float32)
    assert picture.shape == (60, 80, 3)
    middle, rim = picture[20:40, 30:50].mean(axis=(0, 1)), picture[:5].mean(axis=(0, 1))
    assert np.abs(middle - rim).max() > 20


def test_ak_and_scc_look_alike_and_differ_by_their_patients() -> None:
    ak, scc = (draw(code, (60, 60), np.random.default_rng(5)) for code in ("AK", "SCC"))
    np.testing.assert_array_equal(np.asarray(ak), np.asarray(scc))
    rng = np.random.default_rng(0)
    assert {patient("AK", rng).site for _ in range(50)} == {"head/neck", None}
    assert {patient("SCC", rng).site for _ in range(50)} == {"lower extremity", None}


def test_a_data_set_has_the_official_layout(tmp_path: Path) -> None:
    write_dataset(tmp_path, count=21, side=32, seed=0)
    with (tmp_path / "GroundTruth.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["image", *CODES, "UNK"]
    assert len(rows) == 21
    assert {path.stem for path in (tmp_path / "images").iterdir()} == {row["image"] for row in rows}


def test_the_examples_are_what_the_generator_draws(tmp_path: Path) -> None:
    write_examples(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{code.lower()}.jpg" for code in CODES}
    for path in tmp_path.iterdir():
        drawn, shipped = (np.asarray(Image.open(place), np.float32) for place in (path, ROOT / "examples" / path.name))
        # Not byte for byte: JPEG encoders differ between platforms.
        assert np.abs(drawn - shipped).mean() < 2
