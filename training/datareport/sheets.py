"""Which images the page shows: a seeded sample of each category and source, and the pairs to judge by eye."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict

from lesion.image import InvalidImage, decode
from training.catalog import Catalog, Record
from training.datareport.pairs import Pair
from training.datareport.tables import category_codes, source_of, sources

SAMPLES = 12
"""Images a sheet, unless told otherwise."""
MOST_SAMPLES = 48
"""With every sheet this full, the page stays near 6 MB."""
SOURCES = 8
NEAR_PAIRS = 12
DIFFERING_PAIRS = 60
BOX = (192, 144)
"""Largest thumbnail, in pixels: sharp at the 150 px or so that the page gives it, and 4 to 9 KB."""
_JPEG_QUALITY = 78


class Shown(BaseModel):
    """An image on a sheet."""

    model_config = ConfigDict(frozen=True)

    image_id: str
    label: str
    source: str


class ShownPair(BaseModel):
    """Two images side by side."""

    model_config = ConfigDict(frozen=True)

    a: Shown
    b: Shown
    pair: Pair


class Sheet(BaseModel):
    """A random sample of `of` images."""

    model_config = ConfigDict(frozen=True)

    name: str
    of: int
    images: tuple[Shown, ...]


class Sheets(BaseModel):
    """Everything the page shows of the pictures themselves."""

    model_config = ConfigDict(frozen=True)

    by_category: tuple[Sheet, ...]
    by_source: tuple[Sheet, ...]
    differing: tuple[ShownPair, ...]
    near: tuple[ShownPair, ...]

    @property
    def image_ids(self) -> list[str]:
        """Every image shown, once."""
        singles = (shown for sheet in (*self.by_category, *self.by_source) for shown in sheet.images)
        doubles = (shown for each in (*self.differing, *self.near) for shown in (each.a, each.b))
        return list(dict.fromkeys(shown.image_id for shown in (*singles, *doubles)))


def choose(records: Sequence[Record], pairs: Iterable[Pair], *, samples: int, seed: int) -> Sheets:
    """Choose by `seed` alone. Pairs of which one image was left out of the catalog cannot be shown."""
    rng = np.random.default_rng(seed)
    held = {record.image_id: record for record in records}
    both = [pair for pair in pairs if pair.a in held and pair.b in held]
    differing = [pair for pair in both if pair.labels == "differ"][:DIFFERING_PAIRS]
    near = [pair for pair in both if pair.kind == "near" and pair.labels == "same"]
    picked = sorted(rng.permutation(len(near))[:NEAR_PAIRS].tolist())
    labels = [record.label for record in records]
    origins = [source_of(record) for record in records]
    return Sheets(
        by_category=tuple(_sheet(code, records, labels, samples, rng) for code in category_codes(records)),
        by_source=tuple(_sheet(name, records, origins, samples, rng) for name in sources(records)[:SOURCES]),
        differing=tuple(_shown_pair(pair, held) for pair in differing),
        near=tuple(_shown_pair(near[place], held) for place in picked),
    )


def thumbnails(catalog: Catalog, image_ids: Iterable[str]) -> dict[str, str]:
    """image id → JPEG data URI. An image that does not decode has none."""
    held = {record.image_id: record for record in catalog.records}
    with catalog.open_images() as read, ThreadPoolExecutor() as threads:

        def small(image_id: str) -> str | None:
            try:
                return _data_uri(decode(read(held[image_id]), at_least=min(BOX)))
            except InvalidImage:
                return None

        named = list(image_ids)
        made = zip(named, threads.map(small, named), strict=True)
        return {image_id: uri for image_id, uri in made if uri is not None}


def _sheet(name: str, records: Sequence[Record], words: Sequence[str], samples: int, rng: np.random.Generator) -> Sheet:
    places = [place for place, word in enumerate(words) if word == name]
    picked = sorted(rng.permutation(places)[:samples].tolist())
    return Sheet(name=name, of=len(places), images=tuple(_shown(records[place]) for place in picked))


def _shown(record: Record) -> Shown:
    return Shown(image_id=record.image_id, label=record.label, source=source_of(record))


def _shown_pair(pair: Pair, held: Mapping[str, Record]) -> ShownPair:
    return ShownPair(a=_shown(held[pair.a]), b=_shown(held[pair.b]), pair=pair)


def _data_uri(image: Image.Image) -> str:
    image.thumbnail(BOX, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
