from pathlib import Path

import numpy as np
import pytest

from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec, encode
from training import cache
from training.catalog import Catalog, Record
from training.config import Pipeline
from training.pipeline import Batches, inputs

pytestmark = pytest.mark.tensorflow

SPEC = MetadataSpec()
PLAIN = Pipeline(batch_size=8, balance=0, metadata_dropout=0, augmentation=None)


Given = tuple[np.ndarray, list[Record], list[int]]


@pytest.fixture
def given(drawn: Path, tmp_path: Path) -> Given:
    """Pixels of the whole catalog, and every third record with its row; melanomas thinned out."""
    catalog = Catalog.read(drawn / "drawn")
    rows = [row for row, record in enumerate(catalog.records) if row % 3 == 0 and (record.label != "MEL" or row < 60)]
    return cache.build(catalog, ImageSpec(size=16), tmp_path), [catalog.records[row] for row in rows], rows


def test_an_epoch_shows_every_image_once_with_its_own_label_and_patient(given: Given) -> None:
    pixels, records, rows = given
    batches = Batches(pixels, records, rows, SPEC, PLAIN, seed=0)
    wanted = {
        pixels[row].tobytes(): (record.label, encode(record.patient, SPEC).tobytes())
        for row, record in zip(rows, records, strict=True)
    }
    seen = set()
    for index in range(len(batches)):
        batch, truth = batches[index]
        for image, metadata, label in zip(batch["image"], batch["metadata"], truth, strict=True):
            name, facts = wanted[image.tobytes()]
            assert CODES[label] == name
            assert metadata.tobytes() == facts
            seen.add(image.tobytes())
    assert len(seen) == len(batches) * 8


def test_balance_one_draws_every_category_equally(given: Given) -> None:
    pixels, records, rows = given
    batches = Batches(pixels, records, rows, SPEC, PLAIN.model_copy(update={"balance": 1.0}), seed=0)
    drawn_labels = batches.labels[batches.order]
    counts = np.bincount(drawn_labels, minlength=8)
    assert np.ptp(counts) <= 8
    np.testing.assert_allclose(batches.class_shares, 1 / 8)
    assert len(batches.order) == len(rows)


def test_hidden_fields_are_encoded_as_unknown(given: Given) -> None:
    pixels, records, rows = given
    batches = Batches(pixels, records, rows, SPEC, PLAIN.model_copy(update={"metadata_dropout": 0.5}), seed=0)
    metadata = np.concatenate([batches[index][0]["metadata"] for index in range(len(batches))])
    unknown = [name.endswith("unknown") for name in SPEC.columns]
    assert (metadata[:, unknown].mean(axis=0) > 0.35).all()
    assert (metadata[:, unknown].mean(axis=0) < 0.7).all()


def test_batches_depend_on_seed_and_epoch_alone(given: Given) -> None:
    pixels, records, rows = given
    options = Pipeline(batch_size=8)
    first, second = (Batches(pixels, records, rows, SPEC, options, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first[2][0]["image"], second[2][0]["image"])
    before = first[2][0]["image"]
    first.on_epoch_end()
    assert (first[2][0]["image"] != before).any()
    second.on_epoch_end()
    np.testing.assert_array_equal(first[0][0]["metadata"], second[0][0]["metadata"])


def test_evaluation_inputs_keep_the_order(given: Given) -> None:
    pixels, records, rows = given
    whole = inputs(pixels, records, rows, SPEC)
    for place in (0, 5, len(rows) - 1):
        np.testing.assert_array_equal(whole["image"][place], pixels[rows[place]])
        np.testing.assert_array_equal(whole["metadata"][place], encode(records[place].patient, SPEC))
