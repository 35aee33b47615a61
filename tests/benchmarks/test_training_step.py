"""The benchmark of a training step runs, and its table relates to the first network."""

import json

import pytest

from benchmarks.training_step import MODELS, main, table

pytestmark = pytest.mark.tensorflow


def test_one_network_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--here", "tiny", "--sizes", "32", "--steps", "2", "--rounds", "1"])
    row = json.loads(capsys.readouterr().out)
    assert (row["model"], row["pixels"]) == ("tiny", 32)
    assert row["images_per_s"] > 0
    assert row["cpu_ms_per_image"] > 0
    assert row["peak_mb"] > 0


def test_ratios_are_to_the_first_network_of_the_same_size() -> None:
    rows = [
        {"model": model, "pixels": 64, "images_per_s": 10, "cpu_ms_per_image": cpu, "peak_mb": 1234, "parameters": 5}
        for model, cpu in (("compact", 2.0), ("resnet50", 30.0))
    ]
    lines = table(rows).splitlines()
    assert lines[2] == "| `compact` | 64 | 5 | 10 | 2 | 1.00 | 1,234 |"
    assert "| 15.00 |" in lines[3]
    assert next(iter(MODELS)) == "compact"
