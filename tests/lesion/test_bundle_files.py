"""What is no plain file of a sane size is refused before it is read."""

import os
import socket
from pathlib import Path

import pytest

from lesion.bundle_files import InvalidBundle, check_file, check_hash, check_list, read, sha256


def test_a_regular_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_bytes(b"card")
    assert read(path) == b"card"
    check_list(tmp_path, ["card.md"])
    check_hash(path, sha256(path))


@pytest.mark.parametrize("target", ["card.md", "../card.md", "/dev/zero", "nowhere"])
def test_a_link_is_refused_wherever_it_leads(tmp_path: Path, target: str) -> None:
    home = tmp_path / "1"
    home.mkdir()
    (home / "card.md").touch()
    (tmp_path / "card.md").touch()
    (home / "model.onnx").symlink_to(target)
    with pytest.raises(InvalidBundle, match=r"model.onnx is no regular file.*Received a symbolic link"):
        read(home / "model.onnx")


def test_a_version_that_is_a_link_is_read_through(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "card.md").write_bytes(b"card")
    (tmp_path / "2").symlink_to("..data")
    assert read(tmp_path / "2" / "card.md") == b"card"


def test_a_directory_a_pipe_and_a_socket_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidBundle, match="Received a directory"):
        read(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidBundle, match="Received a device, a pipe or a socket"):
        read(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the name of a socket may not be long
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        with pytest.raises(InvalidBundle, match="Received a device, a pipe or a socket"):
            check_hash(Path("socket"), "0" * 64)


@pytest.mark.parametrize(
    ("name", "largest"), [("manifest.json", 2**20), ("card.md", 2**24), ("golden.npz", 2**26), ("a.onnx", 2**31 - 1)]
)
def test_a_file_that_is_too_large_is_refused(tmp_path: Path, name: str, largest: int) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(largest)  # sparse: takes no disk
    check_file(tmp_path / name)
    with (tmp_path / name).open("r+b") as file:
        file.truncate(largest + 1)
    with pytest.raises(InvalidBundle, match=rf"too large. Expected at most {largest} bytes. Received {largest + 1}"):
        check_file(tmp_path / name)


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match="nowhere cannot be read: No such file"):
        check_list(tmp_path / "nowhere", [])
