"""A bundle that was touched does not pass."""

import json
from pathlib import Path

import pytest

from lesion.manifest import InvalidBundle, Manifest, digest, sha256
from tests.manifests import seal


def write_bundle(directory: Path) -> Manifest:
    (directory / "model.onnx").write_bytes(b"graph")
    (directory / "card.md").write_text("card")
    return seal(directory, name="trial", version="1", size=64)


def test_it_survives_its_own_json(tmp_path: Path) -> None:
    written = write_bundle(tmp_path)
    read = Manifest.read(tmp_path)
    assert read == written
    read.verify(tmp_path)
    assert read.malignant == (True, False, True, False, False, False, False, True)
    assert digest(tmp_path) == "sha256:" + sha256(tmp_path / "manifest.json")


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    manifest = write_bundle(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"grapf")
    with pytest.raises(InvalidBundle, match=r"model.onnx was changed. Expected sha256"):
        manifest.verify(tmp_path)


def test_a_missing_file_and_a_stray_file_are_refused(tmp_path: Path) -> None:
    manifest = write_bundle(tmp_path)
    (tmp_path / "weights.data").write_bytes(b"")
    with pytest.raises(InvalidBundle, match=r"does not hold the files.*weights.data"):
        manifest.verify(tmp_path)
    (tmp_path / "weights.data").unlink()
    (tmp_path / "card.md").unlink()
    with pytest.raises(InvalidBundle, match=r"does not hold the files"):
        manifest.verify(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"schema_version": 3', '"schema_version": 4', r"written for schema 4, this program reads 1 to 3"),
        (
            '"schema_version": 3',
            '"added": 1, "schema_version": 12',
            r"written for schema 12, this program reads 1 to 3",
        ),
        ('"schema_version": 3', '"schema_version": 0', r"schema_version: Input should be 1, 2 or 3"),
        ('"schema_version": 3', '"schema_version": "four"', r"schema_version: Input should be 1, 2 or 3"),
        ('"model.onnx": "', '"model.onnx": "sha256:', r"files.model.onnx: String should match"),
        ('"card.md": "', '"../card.md": "', r"files.*card.md.*String should match"),
        ('"log_prior": []', '"log_prior": [0, 0]', r"A decision must be of 8 classes. Received \[2, 8\]"),
        ('"temperature": 1.5', '"temperature": Infinity', r"decision.temperature: Input should be a finite number"),
        ('"temperature": 1.5', '"temperature": 1e-320', r"decision.temperature"),
        ('"log_prior": []', '"log_prior": [0, 0, 0, 0, 0, 0, 0, NaN]', r"log_prior.7: Input should be a finite number"),
        (
            '"unknown": null',
            '"unknown": {"threshold": NaN, "known": 0.95}',
            r"unknown.threshold: Input should be a fin",
        ),
        ('"tolerance": 0.0001', '"tolerance": Infinity', r"tolerance: Input should be a finite number"),
        ('"quality": null', '"quality": {"size": 64, "glare": {"reject": NaN}}', r"reject: Input should be a finite"),
        ('"quality": null', '"quality": {"size": 32}', r"must be for the model's images, 64 px\. Received 32 px"),
        ('"precision": "float32"', '"precision": "float8"', r"variants.0.precision"),
        ('"file": "model.onnx"', '"file": "../model.onnx"', r"variants.0.file"),
        ('"file": "model.onnx"', '"file": "other.onnx"', r"without a hash: \['other.onnx'\]"),
        ('"version": "1"', '"version": "latest"', r"version: String should match"),
        ('"git_revision"', '"surprise"', r"git_revision: Field required"),
        ("{", "[", r"Invalid JSON"),
    ],
)
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    write_bundle(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(path.read_text().replace(before, after, 1))
    with pytest.raises(InvalidBundle, match=message):
        Manifest.read(tmp_path)


def test_a_manifest_of_a_newer_schema_is_named_before_its_unknown_fields(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"schema_version": 4, "weights": {"kind": "new"}}')
    with pytest.raises(InvalidBundle, match="written for schema 4, this program reads 1 to 3"):
        Manifest.read(tmp_path)


def test_a_huge_manifest_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(InvalidBundle, match=r"too large. Expected at most 1048576 bytes. Received 1048577"):
        Manifest.read(tmp_path)


def test_it_lies_where_its_name_and_version_say(tmp_path: Path) -> None:
    for place in ("trial/1", "trial/2", "other/1"):
        (tmp_path / place).mkdir(parents=True)
    manifest = write_bundle(tmp_path / "trial" / "1")
    manifest.expect_at(tmp_path / "trial" / "1")
    for place in ("trial/2", "other/1"):
        with pytest.raises(InvalidBundle, match="Received trial version 1"):
            manifest.expect_at(tmp_path / place)


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="cannot be read: No such file"):
        Manifest.read(tmp_path)


def test_a_bundle_of_the_first_schema_still_answers(tmp_path: Path) -> None:
    written = write_bundle(tmp_path)
    content = json.loads((tmp_path / "manifest.json").read_text())
    del content["quality"]
    content["schema_version"] = 1
    content["variants"][0]["decision"] = {"temperature": 1.5}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    read = Manifest.read(tmp_path)
    assert read.variants == written.variants
    assert read.quality is None
