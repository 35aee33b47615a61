"""Which files of a folder or zip are images of the data."""

import zipfile
from pathlib import Path

import pytest

from training.errors import InvalidData
from training.images import image_files, open_images

FILES = ("b.JPG", "sub/a.png", "notes.txt", "._b.JPG", "__MACOSX/sub/._a.png", "__MACOSX/c.jpg")


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_what_a_mac_adds_is_no_image(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "images"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    images = folder
    if kind == "zip":
        images = tmp_path / "images.zip"
        with zipfile.ZipFile(images, "w") as archive:
            for name in FILES:
                archive.write(folder / name, name)
    assert image_files(images) == ["b.JPG", "sub/a.png"]
    with open_images(images) as read:
        assert read("sub/a.png") == b"sub/a.png"


def test_neither_folder_nor_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("neither")
    with pytest.raises(InvalidData, match="must be a folder or a zip file"):
        image_files(tmp_path / "images")
    with pytest.raises(InvalidData, match="must be a folder or a zip file"), open_images(tmp_path / "images"):
        pass
