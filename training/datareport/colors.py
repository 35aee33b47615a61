"""What color the images of each source are: another mark by which a model may know the source."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from lesion.image import ImageSpec, InvalidImage, Pixels, load
from training.catalog import Catalog, Record
from training.datareport.grade import Floats
from training.datareport.tables import source_of, sources

SAMPLE = 200
"""Images a source: enough to know a mean color to about 2 of 255."""
SOURCES = 12
"""Sources looked at, largest first."""
SPEC = ImageSpec(size=64)
DARK = 30
"""Of 255. A corner darker than this is not skin but the surround of a round field of view."""
_CORNER = 4


class SourceColors(BaseModel):
    """One source: mean and standard deviation over pixels of red, green and blue (0 to 255)."""

    model_config = ConfigDict(frozen=True)

    source: str
    images: int
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    dark_corners: float
    """Share of images whose four corners are all dark."""


@dataclass(frozen=True)
class ColorSample:
    """Places in the catalog, and float (n, 6) means and deviations of red, green and blue of each."""

    places: tuple[int, ...]
    values: Floats
    dark: tuple[bool, ...]
    unreadable: tuple[str, ...]


def sample_colors(catalog: Catalog, *, seed: int) -> ColorSample:
    """Look at up to `SAMPLE` images of each of the largest sources. Images that do not decode are named instead."""
    places = _sample(catalog.records, seed)
    with catalog.open_images() as read, ThreadPoolExecutor() as threads:

        def look(place: int) -> Pixels | None:
            try:
                return load(read(catalog.records[place]), SPEC)
            except InvalidImage:
                return None

        pictures = dict(zip(places, threads.map(look, places), strict=True))
    seen = {place: picture for place, picture in pictures.items() if picture is not None}
    return ColorSample(
        places=tuple(seen),
        values=np.array([_moments(picture) for picture in seen.values()], np.float64).reshape(-1, 6),
        dark=tuple(_dark_corners(picture) for picture in seen.values()),
        unreadable=tuple(catalog.records[place].image_id for place in pictures if place not in seen),
    )


def describe_colors(records: Sequence[Record], sample: ColorSample) -> tuple[SourceColors, ...]:
    """A row a source, most images first."""
    origin = np.array([source_of(records[place]) for place in sample.places])
    return tuple(_of_source(name, sample, origin == name) for name in sources(records) if (origin == name).any())


def _of_source(name: str, sample: ColorSample, own: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> SourceColors:
    means, deviations = sample.values[own, :3], sample.values[own, 3:]
    # Over all pixels alike: the spread within images and the spread between them.
    spread = np.sqrt((deviations**2).mean(axis=0) + means.var(axis=0))
    red, green, blue = means.mean(axis=0).tolist()
    red_spread, green_spread, blue_spread = spread.tolist()
    return SourceColors(
        source=name,
        images=int(own.sum()),
        mean=(red, green, blue),
        deviation=(red_spread, green_spread, blue_spread),
        dark_corners=float(np.mean(np.array(sample.dark)[own])),
    )


def _sample(records: Sequence[Record], seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for name in sources(records)[:SOURCES]:
        places = [place for place, record in enumerate(records) if source_of(record) == name]
        chosen += sorted(rng.choice(places, min(SAMPLE, len(places)), replace=False).tolist())
    return chosen


def _moments(picture: Pixels) -> list[float]:
    pixels = picture.reshape(-1, 3).astype(np.float64)
    return [*pixels.mean(axis=0).tolist(), *pixels.std(axis=0).tolist()]


def _dark_corners(picture: Pixels) -> bool:
    gray = picture.mean(axis=2)
    ends = (slice(None, _CORNER), slice(-_CORNER, None))
    return all(gray[rows, columns].mean() < DARK for rows in ends for columns in ends)
