"""The names of image files, found by whatever part of them a table gives."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from training.errors import InvalidData
from training.importers.table import ISIC_ID, without_ending


class Names:
    """Files of a folder or zip: `a/b/c.jpg` answers to c.jpg and c, b/c.jpg and b/c, a/b/c.jpg and a/b/c."""

    def __init__(self, files: Iterable[str]) -> None:
        """Index the files by every end of their paths."""
        self._files: dict[str, list[str]] = defaultdict(list)
        for file in files:
            parts = PurePosixPath(without_ending(file)).parts
            for start in range(len(parts)):
                self._files["/".join(parts[start:])].append(file)

    def find(self, name: str) -> str | None:
        """The file of a name or path, with or without its ending, None when there is none.

        Raises `InvalidData` when there are several.
        """
        plain = without_ending(name).removeprefix("/")
        found = self._files.get(plain, [])
        # x.jpg and x.png may lie side by side; the ending tells them apart where it is given.
        found = [file for file in found if f"/{file}".endswith(f"{plain}{PurePosixPath(name).suffix}")] or found
        if len(found) > 1:
            raise InvalidData(f"{name!r} fits {len(found)} files. Expected one. Received {found[:3]}.")
        return found[0] if found else None


def image_id(name: str) -> str:
    """What an image is called, by its file's name or path: the ISIC id where it begins with one, else the whole stem.

    One picture has one id under all its names, so that catalogs and splits know it again.
    """
    stem = PurePosixPath(without_ending(name)).name
    isic = ISIC_ID.match(stem)
    return isic.group() if isic else stem
