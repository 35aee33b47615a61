"""A bundle made of another: its files, what was changed, and where it comes from."""

import shutil
from pathlib import Path

import onnx
import pytest

from export.derive import derive
from lesion.manifest import SIGNATURE_FILE, InvalidBundle, Manifest, digest
from tests.service.bundles import write_bundle


def unchanged(manifest: Manifest, _directory: Path) -> Manifest:
    return manifest


def reworded(manifest: Manifest, directory: Path) -> Manifest:
    (directory / "card.md").write_text("Another card.\n")
    (directory / "notes.md").write_text("More.\n")
    return manifest.model_copy(update={"intended_use": "Other tests."})


def test_what_is_not_changed_is_the_same(tmp_path: Path) -> None:
    source = write_bundle(tmp_path)
    made = derive(source, None, reworded)
    before, after = Manifest.read(source), Manifest.read(made)
    after.verify(made)
    assert made == source.parent / "2"
    assert (after.version, after.intended_use, after.derived_from) == ("2", "Other tests.", digest(source))
    assert after.created > before.created
    assert {name for name in after.files if before.files.get(name) != after.files[name]} == {"card.md", "notes.md"}
    assert (source.parent / "current").read_text() == "1\n"
    before.verify(source)


def test_an_older_schema_becomes_the_newest(tmp_path: Path) -> None:
    source = write_bundle(tmp_path)
    Manifest.read(source).model_copy(update={"schema_version": 1}).write(source)
    made = Manifest.read(derive(source, "5", unchanged))
    ir = onnx.load(source / "model.onnx").ir_version
    assert (made.version, made.schema_version, made.variants[0].ir) == ("5", 3, ir)


def test_a_signature_stays_behind(tmp_path: Path) -> None:
    source = write_bundle(tmp_path)
    (source / SIGNATURE_FILE).write_text("of the manifest of version 1")
    assert not (derive(source, None, unchanged) / SIGNATURE_FILE).exists()


def test_a_source_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    source = write_bundle(tmp_path)
    (source / "card.md").write_text("A better model.\n")
    with pytest.raises(InvalidBundle, match="was changed"):
        derive(source, None, unchanged)
    assert sorted(path.name for path in source.parent.iterdir()) == ["1", "current"]


def test_a_source_of_another_name_is_refused(tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "1"
    shutil.copytree(write_bundle(tmp_path), moved)
    with pytest.raises(InvalidBundle, match="holds another bundle"):
        derive(moved, None, unchanged)
    assert [path.name for path in moved.parent.iterdir()] == ["1"]


def test_a_change_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def failing(_manifest: Manifest, directory: Path) -> Manifest:
        (directory / "model.onnx").unlink()
        raise OSError("no space left")

    source = write_bundle(tmp_path)
    with pytest.raises(OSError, match="no space left"):
        derive(source, None, failing)
    assert sorted(path.name for path in source.parent.iterdir()) == ["1", "current"]
    Manifest.read(source).verify(source)


def test_a_manifest_that_lacks_a_file_is_refused(tmp_path: Path) -> None:
    def careless(manifest: Manifest, directory: Path) -> Manifest:
        (directory / "model.onnx").unlink()
        return manifest

    source = write_bundle(tmp_path)
    with pytest.raises(InvalidBundle, match="Variants without a hash"):
        derive(source, None, careless)
    assert not (source.parent / "2").exists()
