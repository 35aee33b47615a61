import json
import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lesion.manifest import InvalidBundle
from lesion.variant import Variant
from service.bundle_files import BundleFiles
from service.errors import ModelNotFound, NotReady
from service.providers import Placement
from service.runtime import Runtime
from service.store import Bundle, Store, find, prove
from tests.service.bundles import seal, write_bundle


def open_runtime(files: BundleFiles, variant: Variant) -> Runtime:
    return Runtime(files, variant, Placement("cpu"))


def proved(directory: Path) -> Bundle:
    return prove(directory, open_runtime)


def test_a_whole_bundle_is_proved(models: Path) -> None:
    bundle = proved(find(models, "dermoscopy"))
    assert bundle.manifest.version == "1"
    assert bundle.digest.startswith("sha256:")
    assert bundle.deviation <= bundle.variant.tolerance


def append_byte(directory: Path, name: str) -> None:
    with (directory / name).open("ab") as file:
        file.write(b"\x00")


def overwrite(directory: Path, name: str) -> None:
    """Replace a file and hash it anew."""
    (directory / name).write_bytes(b"no")
    seal(directory)


def edit_golden(directory: Path, **changes: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change the arrays and hash them anew: what an exporter with a mistake would write."""
    with np.load(directory / "golden.npz") as golden:
        arrays = dict(golden)
    np.savez(directory / "golden.npz", **{name: changes.get(name, np.asarray)(array) for name, array in arrays.items()})
    seal(directory)


def claim(directory: Path, count: int) -> None:
    """Headers that promise `count` inputs, before a few bytes: an archive may claim any size."""
    with np.load(directory / "golden.npz") as golden:
        shapes = {name: (golden[name].dtype, (count, *golden[name].shape[1:])) for name in golden.files}
    with zipfile.ZipFile(directory / "golden.npz", "w") as archive:
        for name, (dtype, shape) in shapes.items():
            with archive.open(f"{name}.npy", "w") as file:
                header = {"descr": dtype.str, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
    seal(directory)


def repeat(directory: Path, name: str) -> None:
    """An archive that holds an array twice: which of them is read differs from reader to reader."""
    with zipfile.ZipFile(directory / "golden.npz", "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, archive.read(name))
    seal(directory)


def replace_model(directory: Path, other: Path) -> None:
    shutil.copy(other / "model.onnx", directory / "model.onnx")
    seal(directory)


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda d: (d / "manifest.json").unlink(), "cannot be read"),
    "manifest is no JSON": (lambda d: (d / "manifest.json").write_text("{"), "does not fit the schema"),
    "changed model": (lambda d: append_byte(d, "model.onnx"), "was changed"),
    "changed golden": (lambda d: append_byte(d, "golden.npz"), "was changed"),
    "changed card": (lambda d: append_byte(d, "card.md"), "was changed"),
    "missing model": (lambda d: (d / "model.onnx").unlink(), "does not hold the files"),
    "extra file": (lambda d: (d / "extra.bin").touch(), "does not hold the files"),
    "no ONNX": (lambda d: overwrite(d, "model.onnx"), "is no ONNX file"),
    "another version": (lambda d: seal(d, "2"), "holds another bundle"),
    "golden off": (lambda d: edit_golden(d, logits=lambda logits: logits + np.float32(0.01)), "is not reproduced"),
    "golden NaN": (lambda d: edit_golden(d, logits=lambda logits: logits * np.float32("nan")), "is not reproduced"),
    "golden empty": (
        lambda d: edit_golden(d, image=lambda a: a[:0], metadata=lambda a: a[:0], logits=lambda a: a[:0]),
        "does not fit its manifest",
    ),
    "golden of seven classes": (lambda d: edit_golden(d, logits=lambda a: a[:, :7]), "does not fit its manifest"),
    "golden of another type": (
        lambda d: edit_golden(d, logits=lambda a: a.astype(np.float64)),
        "does not fit its manifest",
    ),
    "golden is no archive": (lambda d: overwrite(d, "golden.npz"), "cannot be read"),
    "golden of pickles": (lambda d: edit_golden(d, logits=lambda a: a.astype(object)), "holds Python objects"),
    "golden too much": (lambda d: claim(d, 500_000), "is damaged: image.npy says that it holds"),
    "golden twice": (lambda d: repeat(d, "image.npy"), "does not fit its manifest"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_bundle_is_refused(tmp_path: Path, name: str) -> None:
    directory = write_bundle(tmp_path)
    tamper, reason = TAMPERINGS[name]
    tamper(directory)
    with pytest.raises(InvalidBundle, match=reason):
        proved(directory)


def test_a_model_of_seven_classes_is_refused(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path, logits=7)
    with pytest.raises(InvalidBundle, match=r"golden.npz does not fit its manifest"):
        proved(directory)
    edit_golden(directory, logits=lambda logits: np.pad(logits, ((0, 0), (0, 1))))
    with pytest.raises(InvalidBundle, match=r"model.onnx does not fit .* Expected .*\[8\].* Received .*\[7\]"):
        proved(directory)


def test_a_model_that_answers_nan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="is not reproduced"):
        proved(write_bundle(tmp_path, dead=True))


def test_another_model_under_the_same_manifest_is_refused(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path / "one")
    replace_model(directory, write_bundle(tmp_path / "two", seed=1))
    with pytest.raises(InvalidBundle, match="is not reproduced"):
        proved(directory)


def test_hashes_are_of_the_manifest_not_of_trust(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path)
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["files"]["../../outside"] = "0" * 64
    (directory / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InvalidBundle, match=r"does not fit the schema: files.*outside"):
        proved(directory)


@pytest.mark.parametrize("content", ["", "latest", "../2", "0", "1\n2"])
def test_current_must_name_a_version(tmp_path: Path, content: str) -> None:
    write_bundle(tmp_path)
    (tmp_path / "dermoscopy" / "current").write_text(content)
    with pytest.raises(InvalidBundle, match="names no version"):
        find(tmp_path, "dermoscopy")


def test_current_chooses_the_version(tmp_path: Path) -> None:
    write_bundle(tmp_path, version="1")
    write_bundle(tmp_path, version="12")
    assert find(tmp_path, "dermoscopy").name == "12"
    (tmp_path / "dermoscopy" / "current").write_text("1\n")
    assert find(tmp_path, "dermoscopy").name == "1"


def test_an_unknown_model_is_named_with_those_that_exist(models: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"Expected one of .*dermoscopy"):
        find(models, "other")
    with pytest.raises(ModelNotFound):
        find(tmp_path / "absent", "dermoscopy")


def test_a_store_without_a_model_is_not_ready(models: Path) -> None:
    def start(bundle: Bundle) -> None:
        raise AssertionError

    store = Store(partial(proved, models), start)  # type: ignore[arg-type]
    with pytest.raises(NotReady):
        store.get()
    assert store.live() == ()


def test_a_version_may_be_a_link_to_where_its_files_lie(models: Path, tmp_path: Path) -> None:
    (tmp_path / "dermoscopy").mkdir()
    shutil.copytree(models / "dermoscopy" / "1", tmp_path / "data-2026")
    (tmp_path / "dermoscopy" / "1").symlink_to(tmp_path / "data-2026")
    assert proved(tmp_path / "dermoscopy" / "1").manifest.version == "1"
