"""Draws dermoscopic lesions, so that everything can be tried, tested and shown with no patient's picture.

Each category has a look of its own, loosely after what dermoscopy describes (network, globules, milia-like cysts,
arborizing vessels, lacunae, central white patch, keratin). AK and SCC are drawn alike on purpose and told apart by age
and site alone, so that a model must read the metadata to know them.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lesion.diagnosis import CODES
from lesion.patient import SITES, Patient

Color = tuple[int, int, int]
Points = list[tuple[float, float]]

FIRST_ID = 9_000_000
"""Drawn images are named as ISIC's are, with numbers that no image of ISIC 2019 has."""

_OVERSAMPLING = 2
_AGE_YEARS = {"MEL": 60, "NV": 35, "BCC": 68, "AK": 45, "BKL": 62, "DF": 48, "VASC": 50, "SCC": 80}
_AGE_SPREAD_YEARS = 8
_SITES: dict[str, Sequence[str]] = {"AK": ("head/neck",), "SCC": ("lower extremity",)}
_MISSING = 0.05


def draw(category: str, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Draw one lesion of a category as an RGB image of (width, height)."""
    width, height = size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING
    skin = tuple(int(value) for value in np.array([225, 180, 160]) + rng.normal(0, 8, 3))
    canvas = Image.new("RGB", (width, height), skin)
    pen = ImageDraw.Draw(canvas)
    center = (width * rng.uniform(0.45, 0.55), height * rng.uniform(0.45, 0.55))
    radius = min(width, height) * rng.uniform(0.24, 0.34)
    _LOOKS[category](pen, center, radius, rng)
    canvas = canvas.filter(ImageFilter.GaussianBlur(radius / 25))
    _hairs(ImageDraw.Draw(canvas), (width, height), rng)
    return _light(canvas.resize(size, Image.Resampling.BICUBIC), rng)


def patient(category: str, rng: np.random.Generator) -> Patient:
    """Age, sex and site that fit a drawn category; each is missing now and then."""
    age = float(np.clip(round(rng.normal(_AGE_YEARS[category], _AGE_SPREAD_YEARS) / 5) * 5, 0, 85))
    sites = _SITES.get(category, SITES)
    facts = {"age": age, "sex": ("female", "male")[rng.integers(2)], "site": sites[int(rng.integers(len(sites)))]}
    return Patient.model_validate({name: None if rng.random() < _MISSING else value for name, value in facts.items()})


def write_dataset(directory: Path, count: int, side: int, seed: int) -> None:
    """Draw `count` images of side × side px into `directory`, in the official layout of ISIC 2019.

    Writes GroundTruth.csv, Metadata.csv and images/ISIC_*.jpg. Every fourth lesion of a category is photographed twice,
    the second file named *_downsampled, as in the archive.
    """
    rng = np.random.default_rng(seed)
    if (directory / "images").exists():
        raise FileExistsError(f"{directory / 'images'} is there already. Expected a new folder.")
    (directory / "images").mkdir(parents=True)
    truth: list[list[object]] = []
    facts: list[list[object]] = []
    lesion = 0
    while len(truth) < count:
        category = CODES[lesion % len(CODES)]
        person = patient(category, rng)
        twice = lesion // len(CODES) % 4 == 0 and len(truth) + 1 < count
        for view in range(2 if twice else 1):
            name = f"ISIC_{FIRST_ID + len(truth)}" + "_downsampled" * view
            picture = draw(category, (side, side), rng)
            picture.save(directory / "images" / f"{name}.jpg", quality=90)
            truth.append([name, *(float(code == category) for code in CODES), 0.0])
            facts.append([name, person.age, person.site, f"DRAWN_{lesion:07d}", person.sex])
        lesion += 1
    _write_table(directory / "GroundTruth.csv", ["image", *CODES, "UNK"], truth)
    _write_table(directory / "Metadata.csv", ["image", "age_approx", "anatom_site_general", "lesion_id", "sex"], facts)


def write_examples(directory: Path, seed: int = 0) -> None:
    """Draw one 600×450 px picture of each category into `directory`: mel.jpg, nv.jpg, …"""
    directory.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for category in CODES:
        draw(category, (600, 450), rng).save(directory / f"{category.lower()}.jpg", quality=85)


def _write_table(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)


def _melanoma(pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    pen.polygon(_outline(center, radius, rng, roughness=0.28), fill=(92, 54, 40))
    for color in ((40, 26, 28), (60, 70, 96), (150, 80, 60), (30, 20, 22)):
        spot = _near(center, radius * 0.55, rng)
        pen.polygon(_outline(spot, radius * rng.uniform(0.25, 0.45), rng, roughness=0.3), fill=color)


def _nevus(pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    pen.polygon(_outline(center, radius * 0.8, rng, roughness=0.04), fill=(150, 98, 70))
    pen.polygon(_outline(center, radius * 0.5, rng, roughness=0.04), fill=(120, 74, 52))
    step = max(2.0, radius / 7)
    for offset in np.arange(-radius * 0.7, radius * 0.7, step):
        half = math.sqrt(max(0.0, (radius * 0.75) ** 2 - offset**2))
        x, y = center
        pen.line((x + offset, y - half, x + offset, y + half), fill=(104, 62, 44), width=max(1, round(radius / 40)))
        pen.line((x - half, y + offset, x + half, y + offset), fill=(104, 62, 44), width=max(1, round(radius / 40)))


def _basal_cell(pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    pen.polygon(_outline(center, radius, rng, roughness=0.1), fill=(236, 176, 172))
    for _ in range(7):
        _dot(pen, _near(center, radius * 0.8, rng), radius * rng.uniform(0.06, 0.14), (96, 104, 130))
    for _ in range(5):
        _vessel(pen, _near(center, radius * 0.7, rng), radius * 0.9, rng)


def _keratinizing(
    pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, rng: np.random.Generator
) -> None:
    pen.polygon(_outline(center, radius, rng, roughness=0.15), fill=(214, 122, 110))
    for _ in range(26):
        _dot(pen, _near(center, radius * 0.85, rng), radius * rng.uniform(0.04, 0.09), (240, 214, 176))
    _dot(pen, center, radius * 0.3, (246, 226, 186))


def _keratosis(pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    pen.polygon(_outline(center, radius, rng, roughness=0.06), fill=(142, 116, 92))
    for _ in range(14):
        _dot(pen, _near(center, radius * 0.8, rng), radius * rng.uniform(0.05, 0.09), (232, 222, 206))
    for _ in range(10):
        _dot(pen, _near(center, radius * 0.8, rng), radius * rng.uniform(0.05, 0.09), (70, 52, 42))


def _dermatofibroma(
    pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, rng: np.random.Generator
) -> None:
    pen.polygon(_outline(center, radius, rng, roughness=0.05), fill=(196, 142, 116))
    pen.polygon(_outline(center, radius * 0.5, rng, roughness=0.1), fill=(246, 232, 226))


def _vascular(pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    pen.polygon(_outline(center, radius * 0.9, rng, roughness=0.06), fill=(176, 52, 66))
    for _ in range(9):
        _dot(pen, _near(center, radius * 0.65, rng), radius * rng.uniform(0.12, 0.22), (110, 16, 50))


_LOOKS = {
    "MEL": _melanoma,
    "NV": _nevus,
    "BCC": _basal_cell,
    "AK": _keratinizing,
    "BKL": _keratosis,
    "DF": _dermatofibroma,
    "VASC": _vascular,
    "SCC": _keratinizing,
}


def _outline(center: tuple[float, float], radius: float, rng: np.random.Generator, *, roughness: float) -> Points:
    turns = np.linspace(0, 2 * math.pi, 72, endpoint=False)
    waves = sum(rng.normal(0, roughness / k) * np.cos(k * turns + rng.uniform(0, 2 * math.pi)) for k in range(2, 7))
    reach = radius * (1 + np.clip(waves, -0.5, 0.5))
    return list(zip(center[0] + reach * np.cos(turns), center[1] + reach * np.sin(turns), strict=True))


def _near(center: tuple[float, float], reach: float, rng: np.random.Generator) -> tuple[float, float]:
    turn, distance = rng.uniform(0, 2 * math.pi), reach * math.sqrt(rng.random())
    return center[0] + distance * math.cos(turn), center[1] + distance * math.sin(turn)


def _dot(pen: ImageDraw.ImageDraw, center: tuple[float, float], radius: float, color: Color) -> None:
    x, y = center
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def _vessel(pen: ImageDraw.ImageDraw, start: tuple[float, float], length: float, rng: np.random.Generator) -> None:
    turn, points = rng.uniform(0, 2 * math.pi), [start]
    for _ in range(8):
        turn += rng.normal(0, 0.5)
        x, y = points[-1]
        points.append((x + length / 8 * math.cos(turn), y + length / 8 * math.sin(turn)))
    pen.line(points, fill=(190, 40, 60), width=max(1, round(length / 30)))


def _hairs(pen: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator) -> None:
    for _ in range(rng.integers(0, 5)):
        start = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        end = _near(start, min(size) * 0.6, rng)
        pen.line((*start, *end), fill=(58, 44, 40), width=max(1, min(size) // 220))


def _light(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Uneven light, darker towards the rim, and sensor noise."""
    pixels = np.asarray(image, np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    shade = (1 - rng.uniform(0.05, 0.2) * (x**2 + y**2)) * rng.uniform(0.92, 1.05)
    noisy = pixels * shade[..., None] + rng.normal(0, 3, pixels.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
