from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality import Row, others, table
from benchmarks.spoiling import drawn, spoilings, strangers
from lesion.appearance import look
from lesion.quality import Finding, Quality

SIDE = 96


def test_a_row_counts_what_was_rejected_and_what_was_warned_of() -> None:
    warning = Finding("blurred", 0.1, 0.2, False, "")  # noqa: FBT003
    rejection = Finding("too_dark", 1, 2, True, "")  # noqa: FBT003
    row = Row.of(
        "four",
        [Quality(True, ()), Quality(True, (warning,)), Quality(False, (warning, rejection)), Quality(True, ())],  # noqa: FBT003
    )
    assert (row.rejected, row.warned) == (0.25, 0.25)
    assert row.found == {"blurred": 0.5, "too_dark!": 0.25}
    assert table([row]).splitlines()[-1] == "| four | 4 | 25 | 25 | blurred 50, too_dark! 25 |  |"


def test_spoilings_do_what_they_say() -> None:
    (picture,) = drawn(SIDE, 1)
    ways = spoilings()
    assert np.array_equal(ways["as they are"](picture)[0], picture)
    assert ways["48 px on the shorter side"](picture)[1] == (64, 48)
    assert look(ways["black frame, 60%"](picture)[0]).surround == pytest.approx(0.6, abs=0.03)
    assert look(ways["black frame, 20%"](picture)[0]).surround == pytest.approx(0.2, abs=0.03)
    assert look(ways["light × 0.4"](picture)[0]).brightness < look(picture).brightness / 2
    for spoil in ways.values():
        spoiled, _ = spoil(picture)
        assert spoiled.shape == picture.shape
        assert spoiled.dtype == np.uint8


def test_strangers_are_squares_and_may_come_from_a_folder(tmp_path: Path) -> None:
    Image.new("RGB", (90, 60), (10, 200, 10)).save(tmp_path / "lawn.png")
    found = dict(strangers(32, tmp_path))
    assert {"crops of the photograph lawn", "crops of the photograph china", "pages of text", "noise"} <= set(found)
    assert all(square.shape == (32, 32, 3) for squares in found.values() for square in squares)


def test_others_are_read_with_their_size_and_chosen_by_lesion(tmp_path: Path) -> None:
    for name in ("ISIC_0000001", "ISIC_0000002"):
        Image.new("RGB", (90, 60)).save(tmp_path / f"{name}.png")
    (tmp_path / "metadata.csv").write_text("image,lesion_id\nISIC_0000001,BCN_1\nISIC_0000002,HAM_1\n")
    name, pictures = others(f"both={tmp_path}", None, 32)
    assert (name, len(pictures)) == ("both", 2)
    _, pictures = others(f"one={tmp_path}=BCN_", tmp_path / "metadata.csv", 32)
    (picture,) = pictures
    assert picture[0].shape == (32, 32, 3)
    assert picture[1] == (90, 60)
