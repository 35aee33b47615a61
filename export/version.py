"""A version of a model: written aside, checked and renamed into place. Nothing else adds one, and none is changed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from re import fullmatch

from lesion.manifest import NAME_PATTERN, VERSION_PATTERN, InvalidBundle, Manifest

CURRENT_FILE = "current"


def next_version(home: Path) -> str:
    """The number after the largest below `models/<name>`, 1 where there is none."""
    taken = [int(path.name) for path in home.glob("*") if fullmatch(VERSION_PATTERN, path.name)]
    return str(max(taken, default=0) + 1)


@contextmanager
def new_version(home: Path, version: str | None = None) -> Iterator[Path]:
    """An empty directory for the files of `models/<name>/<version>` (default: the next free one), which it becomes.

    Its name is the version's. What is written there is verified at the end, and leaves nothing when that or the block
    fails. The first version becomes `current`; later ones do when an operator edits that file.

    Raises `InvalidBundle` when name or version do not fit, or what was written is not whole or says that it is another;
    `FileExistsError` when the version is there already.
    """
    target = expect_free(home, version)
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".aside-") as folder:
        aside = Path(folder) / target.name
        aside.mkdir()
        yield aside
        _expect_whole(aside, target)
        aside.chmod(0o755)
        aside.rename(target)
    if not (home / CURRENT_FILE).exists():
        (home / CURRENT_FILE).write_text(f"{target.name}\n", encoding="utf-8")


def expect_free(home: Path, version: str | None = None) -> Path:
    """Where a version (default: the next free one) may be written. Raises as `new_version`."""
    target = home / (version or next_version(home))
    name = home.name
    if not (fullmatch(NAME_PATTERN, name) and fullmatch(VERSION_PATTERN, target.name)):
        raise InvalidBundle(
            f"Expected a name like {NAME_PATTERN} and a version from 1. Received {name}, {target.name}."
        )
    if target.exists():
        raise FileExistsError(f"{target} is there already; a version is never changed.")
    return target


def _expect_whole(aside: Path, target: Path) -> None:
    manifest = Manifest.read(aside)
    manifest.expect_at(target)
    manifest.verify(aside)
