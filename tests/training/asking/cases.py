"""A real bundle of a few kilobytes, and sixteen drawn lesions to ask it about."""

import io
from pathlib import Path

import numpy as np

from lesion.decision import DecisionSpec, OperatingPoint, Unknown
from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.manifest import Manifest
from lesion.patient import MetadataSpec
from tests.service.bundles import SIZE, write_bundle
from training import cache
from training.asking.bundle import Bundle
from training.catalog import Catalog, Facts
from training.drawing import draw, patient
from training.importers.join import join
from training.pipeline import InOrder

IMAGES = 16
DECISION = DecisionSpec(
    temperature=1.7,
    log_prior=tuple(np.log(np.arange(1, 9) / 36).tolist()),
    operating_points=(
        OperatingPoint(sensitivity=0.95, threshold=2e-6, lower_bound=0.95, lesions=100),
        OperatingPoint(sensitivity=0.9, threshold=1e-5, lower_bound=0.9, lesions=100),
    ),
    unknown=Unknown(threshold=-19.5, known=0.95),
)
"""Its thresholds part what the bundle says of these lesions: every outcome occurs."""


def bundle(models: Path, decision: DecisionSpec = DECISION) -> Bundle:
    """Written into a models directory, with a decision of every kind."""
    directory = write_bundle(models)
    manifest = Manifest.read(directory)
    variants = tuple(variant.model_copy(update={"decision": decision}) for variant in manifest.variants)
    manifest.model_copy(update={"variants": variants}).write(directory)
    return Bundle.open(directory)


def catalog(directory: Path) -> Catalog:
    """Two of each category, patients included; the second of each is the same lesion again."""
    rng, facts = np.random.default_rng(0), {}
    images = directory / "images"
    images.mkdir(parents=True)
    for place in range(IMAGES):
        code, name = CODES[place % 8], f"picture {place}"
        picture = io.BytesIO()
        draw(code, (40, 30), rng).save(picture, "PNG")
        (images / f"{name}.png").write_bytes(picture.getvalue())
        known = patient(code, rng)
        facts[name] = Facts(image_id=name, label=code, lesion_id=code, age=known.age, sex=known.sex, site=known.site)
    return join(facts, images)


def part(shown: Catalog, cached: Path) -> InOrder:
    """All of them, backwards: the order is the part's, not the catalog's."""
    pixels = cache.build(shown, ImageSpec(size=SIZE), cached)
    rows = list(reversed(range(IMAGES)))
    return InOrder(pixels, [shown.records[row] for row in rows], rows, MetadataSpec(), batch_size=5)
