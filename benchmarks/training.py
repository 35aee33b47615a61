"""Does the pipeline keep up: steps/s against a constant batch, samples/s against the seed's way, memory of an epoch.

    python -m benchmarks.training [--data data/ham10000] [--cache cache] [--only starvation throughput views memory]

JSON lines, in a few minutes. Without --data lesions are drawn.
"""

import argparse
import json
import os
import tempfile
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from benchmarks import memory, starvation, throughput
from benchmarks.lesions import catalog as find
from benchmarks.lesions import unpacked
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training import cache
from training.catalog import Catalog
from training.options.pipeline import Augmentation, Pipeline
from training.pipeline import Batches
from training.recipes.starter import CONFIG

FILES = 512
"""Images of the comparison with the seed's way, which reads them from a folder."""
KINDS = ("starvation", "throughput", "views", "memory")


def batches(catalog: Catalog, directory: Path, size: int, views: Augmentation | None) -> Batches:
    """The training pipeline over all of a catalog, as the starter recipe asks for it."""
    pixels = cache.build(catalog, ImageSpec(size=size), directory)
    options = Pipeline(batch_size=throughput.BATCH, augmentation=views)
    return Batches(pixels, list(catalog.records), list(range(len(catalog))), MetadataSpec(), options, seed=0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of a catalog (default: drawn lesions, 600×450)")
    parser.add_argument("--cache", type=Path, help="prepared pixels (default: made anew)")
    parser.add_argument("--images", type=int, default=256, help="how many to draw")
    parser.add_argument("--size", type=int, default=224, help="pixels, except for `starvation`")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    options = parser.parse_args()
    views = CONFIG.pipeline.augmentation or Augmentation()
    with tempfile.TemporaryDirectory() as folder:
        catalog = find(options.data, Path(folder), options.images)
        directory = options.cache or Path(folder) / "cache"
        of_size = partial(batches, catalog, directory, options.size)
        if "starvation" in options.only:
            for config in starvation.MODELS.values():
                given = partial(batches, catalog, directory, config.image.size)
                print(json.dumps(starvation.measure(config, given, options.steps, options.rounds, views)), flush=True)
        if "throughput" in options.only:
            files = unpacked(catalog, Path(folder) / "files", FILES)
            given = partial(batches, files, Path(folder) / "cache", options.size)
            for row in throughput.against_seed(files, given, options.size, options.rounds, views):
                print(json.dumps(row), flush=True)
        if "views" in options.only:
            print(json.dumps(throughput.cost_of_views(of_size(None).pixels, views, options.rounds)), flush=True)
        if "memory" in options.only:
            print(json.dumps(memory.epoch(of_size(views))), flush=True)


if __name__ == "__main__":
    main()
