"""A new version of a bundle made of another: the same files, but what is changed, and where they come from."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import onnx

from export.version import new_version
from lesion.manifest import MANIFEST_FILE, Manifest, digest, sha256

Change = Callable[[Manifest, Path], Manifest]
"""Adds, replaces or removes files of the copy in a directory, and returns the manifest that tells of it."""


def derive(bundle: Path, version: str | None, change: Change) -> Path:
    """Make the next version (or `version`) of a bundle, beside it, and return its directory.

    The source is verified and copied; `change` is given its manifest, in the newest schema, and the copy. What it
    returns is stamped with version, time, the files' hashes and the digest of the source. A signature is not copied:
    it is of the source's manifest. `current` stays.

    Raises `InvalidBundle` when the source is not whole or lies where another should, or the result is not whole;
    `FileExistsError` when the version is there already; and what `change` raises.
    """
    source, identity = open_source(bundle), digest(bundle)
    with new_version(bundle.absolute().parent, version) as aside:
        for name in source.files:
            shutil.copyfile(bundle / name, aside / name)
        changed = change(_upgraded(source, bundle), aside)
        stamped = changed.model_copy(
            update={
                "version": aside.name,
                "created": datetime.now(UTC).replace(microsecond=0),
                "derived_from": identity,
                "files": hashes(aside),
            }
        )
        stamped.write(aside)
    return bundle.absolute().parent / stamped.version


def open_source(bundle: Path) -> Manifest:
    """The manifest of a bundle that is whole and lies where its name says. Raises `InvalidBundle`."""
    manifest = Manifest.read(bundle)
    manifest.expect_at(bundle)
    manifest.verify(bundle)
    return manifest


def hashes(directory: Path) -> dict[str, str]:
    """sha256 of every file of a bundle but its manifest, by name."""
    return {path.name: sha256(path) for path in sorted(directory.iterdir()) if path.name != MANIFEST_FILE}


def _upgraded(manifest: Manifest, bundle: Path) -> Manifest:
    """In schema 3, which names the version of ONNX's intermediate representation."""
    variants = tuple(
        each if each.ir is not None else each.model_copy(update={"ir": _ir(bundle / each.file)})
        for each in manifest.variants
    )
    return manifest.model_copy(update={"schema_version": 3, "variants": variants})


def _ir(file: Path) -> int:
    return int(onnx.load(file, load_external_data=False).ir_version)
