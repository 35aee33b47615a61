from pathlib import Path

import pytest

from training.__main__ import main


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the catalog `drawn`: 320 drawn lesions, split."""
    data = tmp_path_factory.mktemp("data")
    assert main(["draw-lesions", "--out", str(data / "drawn"), "--count", "320", "--size", "64"]) == 0
    return data


@pytest.fixture(scope="session")
def smoke_run(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the smoke recipe, test part included."""
    runs = tmp_path_factory.mktemp("runs")
    directories = ["--data", str(drawn), "--cache", str(runs / "cache"), "--runs", str(runs)]
    assert main(["train", "smoke", *directories, "--final"]) == 0
    return runs / "smoke"
