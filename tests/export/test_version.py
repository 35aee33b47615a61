"""A version appears whole or not at all, and none is changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from export.version import new_version, next_version
from lesion.manifest import InvalidBundle, Manifest
from tests.manifests import seal


def write(
    models: Path,
    version: str | None = None,
    *,
    name: str = "trial",
    says: str | None = None,
    last: Callable[[Path], object] = lambda aside: aside,
) -> None:
    """A bundle of one byte. `says`: the version in its manifest. `last`: what happens to it before it is in place."""
    with new_version(models / name, version) as aside:
        (aside / "model.onnx").write_bytes(b"1")
        seal(aside, name="trial", version=says or aside.name, size=16)
        last(aside)


def test_versions_count_up(tmp_path: Path) -> None:
    assert next_version(tmp_path / "trial") == "1"
    write(tmp_path)
    write(tmp_path, "9")
    (tmp_path / "trial" / "10.old").mkdir()
    write(tmp_path)
    assert next_version(tmp_path / "trial") == "11"
    assert Manifest.read(tmp_path / "trial" / "10").version == "10"


def test_only_the_first_becomes_current(tmp_path: Path) -> None:
    write(tmp_path, "3")
    write(tmp_path)
    assert (tmp_path / "trial" / "current").read_text() == "3\n"
    assert sorted(path.name for path in (tmp_path / "trial").iterdir()) == ["3", "4", "current"]


def test_others_may_read_it(tmp_path: Path) -> None:
    write(tmp_path)
    assert (tmp_path / "trial" / "1").stat().st_mode & 0o777 == 0o755


def test_a_version_is_never_changed(tmp_path: Path) -> None:
    write(tmp_path)
    before = (tmp_path / "trial" / "1" / "manifest.json").read_bytes()
    with pytest.raises(FileExistsError, match="never changed"):
        write(tmp_path, "1")
    assert (tmp_path / "trial" / "1" / "manifest.json").read_bytes() == before


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path, last=lambda aside: (aside / "absent").unlink())
    assert list((tmp_path / "trial").iterdir()) == []


def test_files_that_are_not_those_of_the_manifest_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="was changed"):
        write(tmp_path, last=lambda aside: (aside / "model.onnx").write_bytes(b"2"))
    assert list((tmp_path / "trial").iterdir()) == []


def test_a_manifest_of_another_version_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="holds another bundle"):
        write(tmp_path, says="7")
    assert list((tmp_path / "trial").iterdir()) == []


@pytest.mark.parametrize(("name", "version"), [("Derm Model", None), ("trial", "latest"), ("trial", "01")])
def test_names_that_do_not_fit_make_no_folder(tmp_path: Path, name: str, version: str | None) -> None:
    with pytest.raises(InvalidBundle, match="Expected a name like"):
        write(tmp_path, version, name=name)
    assert list(tmp_path.iterdir()) == []
