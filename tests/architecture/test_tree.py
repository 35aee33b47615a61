"""The shape of the house: small files that are named for what they hold, programs that keep to their side."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = ("lesion", "training", "export", "service")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}


def test_there_are_sources() -> None:
    assert len(SOURCES) > 40


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_small_and_says_what_it_holds(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 400
    assert path.stem not in NO_NAMES
    assert path.stem != "__init__" or not lines, "an __init__ stays empty"


@pytest.mark.parametrize("module", ["lesion.image", "lesion.manifest", "service.app", "service.__main__"])
def test_serving_loads_no_training_stack(module: str) -> None:
    code = (
        f"import sys, {module}; print([name for name in "
        "('tensorflow', 'keras', 'tf2onnx', 'onnx', 'training', 'export') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"
