"""Whatever single byte of a bundle is changed, it is refused with a reason, and nothing that it holds makes us fail."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.verify import Doubts, verify
from lesion.manifest import MANIFEST_FILE, digest
from tests.export.breaking import add_int8, rehash
from tests.service.bundles import write_bundle

FILES = ("card.md", "golden.npz", "model.int8.onnx", "model.onnx")
PLACE = st.floats(0, 1, exclude_max=True)
CHANGE = st.integers(1, 255)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = write_bundle(tmp_path_factory.mktemp("models"))
    add_int8(directory)
    return directory


@contextmanager
def changed(directory: Path, name: str, content: bytes) -> Iterator[None]:
    """The bundle with other content in a file, for a while; the manifest is as before, too, afterwards."""
    kept = {each: (directory / each).read_bytes() for each in (name, MANIFEST_FILE)}
    (directory / name).write_bytes(content)
    try:
        yield
    finally:
        for each, before in kept.items():
            (directory / each).write_bytes(before)


def flipped(path: Path, place: float, change: int) -> bytes:
    """The content of a file with one byte changed."""
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= change
    return bytes(content)


def reasons(directory: Path, doubts: Doubts) -> list[str]:
    return [finding.detail for finding in verify(directory, doubts) if finding.outcome == "failed"]


@given(name=st.sampled_from(FILES), place=PLACE, change=CHANGE)
def test_a_listed_file_is_refused_by_its_hash(bundle: Path, name: str, place: float, change: int) -> None:
    with changed(bundle, name, flipped(bundle / name, place, change)):
        (reason,) = reasons(bundle, Doubts())
    assert f"{name} was changed. Expected sha256" in reason
    assert reasons(bundle, Doubts()) == []


@given(place=PLACE, change=CHANGE)
def test_the_manifest_is_refused_by_its_digest(bundle: Path, place: float, change: int) -> None:
    identity = digest(bundle)
    with changed(bundle, MANIFEST_FILE, flipped(bundle / MANIFEST_FILE, place, change)):
        (reason,) = reasons(bundle, Doubts(digest=identity))
        # Whoever knows neither digest nor key sees, at least, that it is another bundle.
        others = verify(bundle, Doubts())
    assert f"The digest is another. Expected {identity}" in reason
    assert [finding.detail for finding in others if finding.check == "digest"] not in ([], [identity])


@settings(deadline=None)
@given(name=st.sampled_from(FILES), place=PLACE, change=CHANGE)
def test_a_changed_file_that_is_hashed_anew_is_checked_to_the_end(
    bundle: Path, name: str, place: float, change: int
) -> None:
    """What one byte makes of a graph or an archive may still be sound; it must not be a surprise."""
    with changed(bundle, name, flipped(bundle / name, place, change)):
        rehash(bundle)
        assert all(reasons(bundle, Doubts()))


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_that_is_hashed_anew_is_refused(bundle: Path, name: str) -> None:
    content = (bundle / name).read_bytes()
    # A card is a card as long as there is any of it.
    for length in [0] if name == "card.md" else np.linspace(0, len(content) - 1, 10, dtype=int).tolist():
        with changed(bundle, name, content[:length]):
            rehash(bundle)
            assert reasons(bundle, Doubts()), length


@pytest.mark.parametrize("field", ["schema_version", "name", "classes", "image", "variants", "training", "files"])
def test_a_field_of_another_kind_is_refused(bundle: Path, field: str) -> None:
    whole = json.loads((bundle / MANIFEST_FILE).read_text())
    kinds: tuple[object, ...] = (None, [], {}, "x", -1, 1e308, [[]], {"": None})
    for odd in kinds:
        with changed(bundle, MANIFEST_FILE, json.dumps(whole | {field: odd}).encode()):
            assert reasons(bundle, Doubts()), odd
