"""What the pipeline gives and costs by itself: samples/s against the seed's way, and CPU an image of each view."""

import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.seed_loader import SeedLoader
from lesion.image import Pixels
from training.augment import augment
from training.catalog import Catalog
from training.loader import feed
from training.options.pipeline import Augmentation
from training.pipeline import Batches
from training.target import ISIC2019

STILL = Augmentation(flips=False, rotation_degrees=0, zoom=0, stretch=0, color=0)
BATCH = 32


def against_seed(
    catalog: Catalog, batches: Callable[[Augmentation | None], Batches], size: int, rounds: int, views: Augmentation
) -> list[dict[str, object]]:
    """Samples/s of both, with augmentation and without; medians, ratios within each round. Images in a folder."""
    files = [catalog.images / record.file for record in catalog.records]
    targets = ISIC2019.targets(ISIC2019.positions(catalog.records))
    rows = []
    for name, wanted in (("without augmentation", None), ("with augmentation", views)):
        seed = SeedLoader(files, targets, size, BATCH, augmented=wanted is not None)
        ours = batches(wanted)
        pairs = [
            (
                samples_per_s(seed[index] for index in range(6)),
                samples_per_s(itertools.islice(feed(ours, 0), 60 if wanted is None else 20)),
            )
            for _ in range(rounds)
        ]
        rows.append(
            {
                "samples_per_s": name,
                "pixels": size,
                "seed_way": round(statistics.median(one for one, _ in pairs)),
                "pipeline": round(statistics.median(other for _, other in pairs)),
                "ratio": round(statistics.median(other / one for one, other in pairs), 1),
            }
        )
    return rows


def samples_per_s(given: Any) -> float:
    """Of an iterable of (inputs, targets)."""
    begun, count = time.perf_counter(), 0
    for _, targets in given:
        count += len(targets)
    return count / (time.perf_counter() - begun)


def cost_of_views(pixels: Pixels, recipe: Augmentation, rounds: int) -> dict[str, object]:
    """CPU microseconds an image of each kind of view, and of all that a recipe asks for."""
    kinds: dict[str, dict[str, object]] = {
        "flips": {"flips": True},
        "rotation, zoom, stretch": {"rotation_degrees": 45.0, "zoom": 0.25, "stretch": 0.15},
        "hair": {"hair": 1.0},
        "ruler": {"ruler": 1.0},
        "blur": {"blur_pixels": 1.5, "blur_chance": 1.0},
        "color": {"color": 0.15},
        "erase": {"erase": 0.5},
    }
    options = {kind: STILL.model_copy(update=update) for kind, update in kinds.items()} | {"all of starter": recipe}
    some = [np.asarray(picture) for picture in pixels[:64]]
    taken: dict[str, list[float]] = {kind: [] for kind in options}
    for _ in range(rounds):
        for kind, wanted in options.items():
            rng, begun = np.random.default_rng(0), time.process_time()
            for picture in some:
                augment(picture, wanted, rng)
            taken[kind].append((time.process_time() - begun) / len(some) * 1e6)
    return {"cpu_us_per_image": {kind: round(min(times)) for kind, times in taken.items()}, "pixels": pixels.shape[1]}
