"""python -m training import: what it writes, and what it tells."""

from pathlib import Path

import pytest

from tests.training.importers.layouts import draw_images, write_csv
from training.__main__ import main
from training.catalog import Catalog

COLUMNS = ("file", "dx", "sex", "place")
MAP = """
columns = {image = "file", label = "dx", sex = "sex", site = "place"}
vocabulary = {label = "dx", site = "localization"}
"""


def arguments(directory: Path) -> list[str]:
    rows = [("a", "nv", "male", "trunk"), ("b", "mel", "m", "back"), ("c", "akiec", "male", "back")]
    write_csv(directory / "t.csv", COLUMNS, [dict(zip(COLUMNS, row, strict=True)) for row in rows])
    draw_images(directory / "images", {"a.jpg": "NV", "b.jpg": "MEL", "c.jpg": "AK"})
    (directory / "map.toml").write_text(MAP, encoding="utf-8")
    options = {"csv": "t.csv", "columns": "map.toml", "images": "images", "out": "out"}
    return ["import", "table", *(f"--{name}={directory / file}" for name, file in options.items())]


def test_it_tells_what_was_left_out_and_what_was_not_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tmp_path)) == 0
    assert [record.label for record in Catalog.read(tmp_path / "out").records] == ["NV", "MEL"]
    told = capsys.readouterr().out
    assert "2 images in" in told
    assert "1 left out (left-out.csv):\n  1: dx 'akiec': AK and Bowen's disease" in told
    assert "1 kept without a site; their words fit none: 'trunk' 1\n" in told
    assert "1 kept without a sex; their words fit none: 'm' 1\n" in told


def test_what_can_be_mended_is_one_line_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = arguments(tmp_path)
    (tmp_path / "map.toml").write_text(MAP.replace("place", "where"), encoding="utf-8")
    assert main(wrong) == 1
    told = capsys.readouterr()
    assert told.err == "error: t.csv lacks columns ['where']. Received ['file', 'dx', 'sex', 'place'].\n"
    assert told.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("layout", ["isic2018", "isic2019", "isic2020", "dermamnist", "table"])
def test_each_layout_has_help(layout: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", layout, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "--images" in told
    assert "--out" in told


def test_a_catalog_is_replaced_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = arguments(tmp_path)
    assert main(command) == 0
    assert main(command) == 1
    assert "There is a catalog in" in capsys.readouterr().err
    assert main([*command, "--replace"]) == 0
