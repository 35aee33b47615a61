from pathlib import Path

import pytest

from tests.export.breaking import add_int8
from tests.service.bundles import write_bundle


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A sound bundle of a few kilobytes, in float32 and int8."""
    directory = write_bundle(tmp_path)
    add_int8(directory)
    return directory
