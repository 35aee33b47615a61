"""Where the real data lies, for the tests that read it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def data_file(name: str) -> Path:
    """A file of DERMSERVE_DATA or ../shared/data; the test is skipped where there is none."""
    for directory in (os.environ.get("DERMSERVE_DATA"), ROOT.parent / "shared" / "data"):
        if directory and (Path(directory) / name).exists():
            return Path(directory) / name
    pytest.skip(f"needs {name} in DERMSERVE_DATA or ../shared/data")
