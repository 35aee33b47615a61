"""A file that is not what a receiver may take it for is refused, and named."""

import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.export.breaking import edit_golden, edit_manifest, failures, overwrite, rehash

Break = Callable[[Path], object]


def append(directory: Path, name: str) -> None:
    with (directory / name).open("ab") as file:
        file.write(b"\0")


def leave_out(directory: Path, name: str) -> None:
    (directory / name).unlink()
    rehash(directory)


def cut(directory: Path, name: str, share: float = 0.5) -> bytes:
    content = (directory / name).read_bytes()
    return content[: int(len(content) * share)]


def link(directory: Path, name: str, target: str | None = None) -> None:
    """Move a file out of the bundle and leave a link to it, or to something else."""
    elsewhere = directory.parent / name
    (directory / name).rename(elsewhere)
    (directory / name).symlink_to(target or elsewhere)


def pipe(directory: Path) -> None:
    (directory / "card.md").unlink()
    os.mkfifo(directory / "card.md")


def folder(directory: Path) -> None:
    (directory / "card.md").unlink()
    (directory / "card.md").mkdir()


def bomb(directory: Path) -> None:
    """A kilobyte that unpacks to 300 megabytes of zeros, where the image should be."""
    pack(directory, zipfile.ZIP_DEFLATED, image=header((1, 10_000, 10_000, 3)) + b"\0" * 300_000_000)


def liar(directory: Path) -> None:
    """A header that promises a terabyte."""
    pack(directory, zipfile.ZIP_STORED, image=header((1_000_000_000, 1024)))


def pickled(directory: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([print] * 3, dtype=object), allow_pickle=True)
    pack(directory, zipfile.ZIP_STORED, image=stream.getvalue())


def header(shape: tuple[int, ...]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def pack(directory: Path, how: int, **members: bytes) -> None:
    path = directory / "golden.npz"
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in (kept | {f"{name}.npy": content for name, content in members.items()}).items():
            archive.writestr(name, content)
    rehash(directory)


BREAKS: dict[str, tuple[Break, str, str]] = {
    "no directory": (lambda d: d.rename(d.parent / "9"), "manifest file", "cannot be read"),
    "no manifest": (lambda d: (d / "manifest.json").unlink(), "manifest file", "cannot be read"),
    "manifest linked": (lambda d: link(d, "manifest.json"), "manifest file", "Received a symbolic link"),
    "manifest huge": (lambda d: (d / "manifest.json").write_bytes(b" " * 2**21), "manifest file", "is too large"),
    "manifest cut": (
        lambda d: (d / "manifest.json").write_bytes(cut(d, "manifest.json")),
        "manifest",
        "Invalid JSON: EOF",
    ),
    "manifest no text": (lambda d: (d / "manifest.json").write_bytes(b"\xff\xfe\x00"), "manifest", "Invalid JSON"),
    "manifest deep": (lambda d: (d / "manifest.json").write_bytes(b"[" * 10**6), "manifest", "Invalid JSON"),
    "model changed": (lambda d: append(d, "model.onnx"), "files", "model.onnx was changed. Expected sha256"),
    "int8 changed": (lambda d: append(d, "model.int8.onnx"), "files", "model.int8.onnx was changed"),
    "golden changed": (lambda d: append(d, "golden.npz"), "files", "golden.npz was changed"),
    "card changed": (lambda d: append(d, "card.md"), "files", "card.md was changed"),
    "model missing": (lambda d: (d / "model.onnx").unlink(), "files", "does not hold the files"),
    "stray file": (lambda d: (d / "weights.data").touch(), "files", "does not hold the files"),
    "mounted as a volume": (lambda d: (d / "..data").mkdir(), "files", "does not hold the files"),
    "model linked": (lambda d: link(d, "model.onnx"), "files", "model.onnx is no regular file"),
    "endless file": (lambda d: link(d, "card.md", "/dev/zero"), "files", "card.md is no regular file"),
    "pipe": (pipe, "files", "Received a device, a pipe or a socket"),
    "folder": (folder, "files", "Received a directory"),
    "card huge": (lambda d: os.truncate(d / "card.md", 2**25), "files", "card.md is too large"),
    "card empty": (lambda d: overwrite(d, "card.md", b" \n"), "card", "is empty"),
    "card no text": (lambda d: overwrite(d, "card.md", b"\xff\xd8\xff"), "card", "is no text"),
    "no card": (lambda d: leave_out(d, "card.md"), "card", "There is no model card"),
    "another version": (lambda d: edit_manifest(d, lambda m: m.update(version="7")), "place", "holds another bundle"),
    "another name": (lambda d: edit_manifest(d, lambda m: m.update(name="x")), "place", "Received x version 1"),
    "no golden": (lambda d: leave_out(d, "golden.npz"), "golden.npz", "golden.npz is not listed"),
    "golden cut": (lambda d: overwrite(d, "golden.npz", cut(d, "golden.npz")), "golden.npz", "cannot be read"),
    "golden bomb": (bomb, "golden.npz", r"unpacks to too much: image.npy. Expected at most 268435456 bytes"),
    "golden liar": (liar, "golden.npz", "image.npy says that it holds 10240000001"),
    "golden pickled": (pickled, "golden.npz", "holds Python objects in image.npy"),
    "golden with more": (lambda d: pack(d, zipfile.ZIP_STORED, more=b""), "golden.npz", "Received .*'more.npy'"),
    "golden empty": (
        lambda d: edit_golden(d, **dict.fromkeys(("image", "metadata", "logits", "logits_int8"), lambda a: a[:0])),
        "golden.npz",
        "of 1 to 256 rows",
    ),
    "golden of seven": (lambda d: edit_golden(d, logits=lambda a: a[:, :7]), "golden.npz", r"logits float32 \(3, 7\)"),
    "golden of float64": (lambda d: edit_golden(d, logits=lambda a: a.astype(float)), "golden.npz", "logits float64"),
    "golden of rows": (lambda d: edit_golden(d, image=lambda a: a[:2]), "golden.npz", r"image uint8 \(2, 16, 16, 3\)"),
}


@pytest.mark.parametrize(("broken", "check", "reason"), BREAKS.values(), ids=BREAKS.keys())
def test_it_is_refused(small: Path, broken: Break, check: str, reason: str) -> None:
    assert failures(small) == []
    broken(small)
    ((subject, name, said),) = failures(small)
    assert (subject, name) == ("bundle", check)
    assert re.search(reason, said), said
