"""Colors of a sample, measured through the one pixel path."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.catalog import Catalog, Record
from training.datareport import colors
from training.datareport.colors import describe_colors, sample_colors


@pytest.fixture
def catalog(tmp_path: Path, make_record: Callable[..., Record]) -> Catalog:
    """Two plain images of `plain`; one of `round`, a gray disc in the dark; one that does not decode."""
    for number, color in enumerate([(100, 50, 20), (200, 50, 20)]):
        Image.new("RGB", (64, 64), color).save(tmp_path / f"{number}.png")
    y, x = np.mgrid[:64, :64]
    disc = np.where((y - 31.5) ** 2 + (x - 31.5) ** 2 < 28**2, 160, 0).astype(np.uint8)
    Image.fromarray(disc).convert("RGB").save(tmp_path / "2.png")
    (tmp_path / "3.png").write_bytes(b"no image")
    origins = ("plain", "plain", "round", "plain")
    return Catalog([make_record(n, file=f"{n}.png", source=name) for n, name in enumerate(origins)], tmp_path)


def test_means_deviations_and_dark_corners(catalog: Catalog) -> None:
    sample = sample_colors(catalog, seed=0)
    assert sample.unreadable == ("ISIC_9000003",)
    plain, round_ = describe_colors(catalog.records, sample)
    assert (plain.source, plain.images, plain.dark_corners) == ("plain", 2, 0)
    assert plain.mean == (150, 50, 20)
    assert plain.deviation == (50, 0, 0)  # between two plain images
    assert (round_.source, round_.dark_corners) == ("round", 1)
    share = np.pi * 28**2 / 64**2
    assert round_.mean[0] == pytest.approx(160 * share, rel=0.02)
    assert round_.deviation[0] == pytest.approx(160 * np.sqrt(share * (1 - share)), rel=0.02)


def test_the_sample_is_seeded_and_bounded(make_record: Callable[..., Record], tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    records = [make_record(number, file="a.png", source=str(number % 2)) for number in range(2 * colors.SAMPLE + 10)]
    catalog = Catalog(records, tmp_path)
    sample = sample_colors(catalog, seed=1)
    assert len(sample.places) == 2 * colors.SAMPLE
    assert sample.places == sample_colors(catalog, seed=1).places
    assert sample.places != sample_colors(catalog, seed=2).places
