"""The fake archive's images: drawn, each file with bytes of its own."""

import functools
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.drawing import draw

DIAGNOSES: dict[str, tuple[str, ...]] = {
    "MEL": ("Malignant", "Malignant melanocytic proliferations (Melanoma)", "Melanoma in situ"),
    "NV": ("Benign", "Benign melanocytic proliferations", "Nevus", "Nevus, Atypical, Dysplastic, or Clark"),
    "BCC": ("Malignant", "Malignant adnexal epithelial proliferations - Follicular", "Basal cell carcinoma"),
    "AK": ("Indeterminate", "Indeterminate epidermal proliferations", "Solar or actinic keratosis"),
    "BKL": ("Benign", "Benign epidermal proliferations", "Seborrheic keratosis"),
    "DF": ("Benign", "Benign soft tissue proliferations - Fibro-histiocytic", "Dermatofibroma"),
    "VASC": ("Benign", "Benign soft tissue proliferations - Vascular", "Angiokeratoma"),
    "SCC": ("Malignant", "Malignant epidermal proliferations", "Squamous cell carcinoma, Invasive"),
}
SITES = (("Head and neck", "Head", "Face"), ("Trunk", "Posterior trunk"), ("Upper extremity",))
FIRST = 1_000_000
"""Above every id of ISIC 2019, so that sources are what the records say."""


@dataclass
class Holding:
    """One image: its file, what is told of it, who may see it."""

    isic_id: str
    data: bytes
    clinical: dict[str, Any]
    acquisition: dict[str, Any] = field(default_factory=lambda: {"image_type": "dermoscopic"})
    public: bool = True
    collections: frozenset[int] = frozenset({65})
    license: str = "CC-BY"
    attribution: str = "Drawn by DermServe"
    told_size: int | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What a search can ask for."""
        own = {"isic_id": self.isic_id, "public": self.public, "copyright_license": self.license}
        return {**self.acquisition, **self.clinical, **own}

    def record(self, address: str) -> dict[str, Any]:
        """The API's shape of an image."""
        size = len(self.data) if self.told_size is None else self.told_size
        return {
            "isic_id": self.isic_id,
            "public": self.public,
            "copyright_license": self.license,
            "attribution": self.attribution,
            "files": {
                "full": {"url": address, "size": size},
                "thumbnail_256": {"url": f"{address}&thumbnail", "size": 1000},
            },
            "metadata": {
                "acquisition": {"pixels_x": 48, "pixels_y": 36, **self.acquisition},
                "clinical": self.clinical,
            },
        }


def name(number: int) -> str:
    """The id of the number-th image."""
    return f"ISIC_{FIRST + number:07d}"


def hold(count: int) -> list[Holding]:
    """`count` images, the categories and sites in turn."""
    categories = list(DIAGNOSES)
    return [
        Holding(
            name(number),
            picture(categories[number % 8]) + name(number).encode(),
            clinical(
                DIAGNOSES[categories[number % 8]],
                SITES[number % 3],
                age_approx=20 + number % 13 * 5,
                sex=("female", "male")[number % 2],
                lesion_id=f"IL_{number // 2:07d}",
                patient_id=f"IP_{number // 4:07d}",
                diagnosis_confirm_type="histopathology",
            ),
        )
        for number in range(count)
    ]


def clinical(diagnosis: tuple[str, ...] = (), site: tuple[str, ...] = (), **more: object) -> dict[str, Any]:
    """Clinical metadata in the form of 2026: paths in five levels."""
    levels = {f"diagnosis_{level}": word for level, word in enumerate(diagnosis, start=1)}
    sites = {f"anatom_site_{level}": word for level, word in enumerate(site, start=1)}
    return {**levels, **sites, **more}


@functools.cache
def picture(category: str, form: str = "JPEG") -> bytes:
    """A drawn lesion as the bytes of a file. Decoders ignore what is appended to it."""
    out = io.BytesIO()
    draw(category, (48, 36), np.random.default_rng(7)).save(out, form)
    return out.getvalue()
