"""Replicas of published layouts: their CSV files by columns, their images drawn."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from training.drawing import draw


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Path:
    """Write a table with the given columns; cells without a value stay empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def write_truth(path: Path, categories: Sequence[str], labels: Mapping[str, str], one: str = "1.0") -> Path:
    """A ground truth with a column a category."""
    zero = one.replace("1", "0")
    rows = [
        {"image": image} | {code: one if code == label else zero for code in categories}
        for image, label in labels.items()
    ]
    return write_csv(path, ("image", *categories), rows)


def draw_images(folder: Path, files: Mapping[str, str], size: tuple[int, int] = (40, 30), seed: int = 0) -> Path:
    """A picture a file name, of the category it is given."""
    rng = np.random.default_rng(seed)
    for name, category in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        draw(category, size, rng).save(folder / name, quality=90)
    return folder


def shrink_central_square(image: Image.Image, side: int) -> Image.Image:
    """As MedMNIST made DermaMNIST: the central square, resized."""
    edge = (image.width - image.height) // 2
    square = image.crop((edge, 0, edge + image.height, image.height))
    return square.resize((side, side), Image.Resampling.BICUBIC)
