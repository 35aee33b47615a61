from pathlib import Path

import numpy as np
import pytest

from lesion.diagnosis import CODES
from lesion.image import ImageSpec
from lesion.patient import MetadataSpec, encode
from training import cache
from training.catalog import Catalog, Record
from training.options.pipeline import Augmentation, Pipeline
from training.pipeline import Batches, InOrder

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
    for epoch in range(2):
        seen = set()
        for index in range(len(batches)):
            batch, targets = batches.batch(epoch * len(batches) + index)
            for image, metadata, target in zip(batch["image"], batch["metadata"], targets, strict=True):
                name, facts = wanted[image.tobytes()]
                assert target.tolist() == [float(code == name) for code in CODES]
                assert metadata.tobytes() == facts
                seen.add(image.tobytes())
        assert len(seen) == len(batches) * 8


def test_shapes_and_types(given: Given) -> None:
    pixels, records, rows = given
    options = Pipeline(batch_size=8, augmentation=Augmentation(mixup=1.0, cutmix=1.0, hair=0.5))
    batch, targets = Batches(pixels, records, rows, SPEC, options, seed=0).batch(0)
    assert {name: (array.shape, array.dtype.name) for name, array in batch.items()} == {
        "image": ((8, 16, 16, 3), "uint8"),
        "metadata": ((8, SPEC.width), "float32"),
    }
    assert (targets.shape, targets.dtype.name) == ((8, len(CODES)), "float32")


def test_balance_one_draws_every_category_equally(given: Given) -> None:
    pixels, records, rows = given
    batches = Batches(pixels, records, rows, SPEC, PLAIN.model_copy(update={"balance": 1.0}), seed=0)
    counts = np.bincount(batches.labels[batches.order(0)], minlength=8)
    assert np.ptp(counts) <= 8
    np.testing.assert_allclose(batches.class_shares, 1 / 8)
    assert len(batches.order(0)) == len(rows)


def test_hidden_fields_are_encoded_as_unknown(given: Given) -> None:
    pixels, records, rows = given
    batches = Batches(pixels, records, rows, SPEC, PLAIN.model_copy(update={"metadata_dropout": 0.5}), seed=0)
    metadata = np.concatenate([batches.batch(step)[0]["metadata"] for step in range(len(batches))])
    unknown = [name.endswith("unknown") for name in SPEC.columns]
    assert (metadata[:, unknown].mean(axis=0) > 0.35).all()
    assert (metadata[:, unknown].mean(axis=0) < 0.7).all()


def test_batches_depend_on_seed_and_step_alone(given: Given) -> None:
    pixels, records, rows = given
    options = Pipeline(batch_size=8)
    first, second = (Batches(pixels, records, rows, SPEC, options, seed=1) for _ in range(2))
    later = len(first) + 2
    forth = [first.batch(step)[0]["image"] for step in (2, later)]
    back = [second.batch(step)[0]["image"] for step in (later, 2)]
    np.testing.assert_array_equal(forth, back[::-1])
    assert (forth[0] != forth[1]).any(), "another epoch, other batches"
    assert (Batches(pixels, records, rows, SPEC, options, seed=2).batch(2)[0]["image"] != forth[0]).any()


def test_what_is_read_stays_as_it_is(given: Given) -> None:
    pixels, records, rows = given
    before = pixels.tobytes()
    batches = Batches(pixels, records, rows, SPEC, Pipeline(batch_size=8, augmentation=Augmentation(erase=0.9)), seed=1)
    metadata = batches.metadata.copy()
    batches.batch(0)
    assert pixels.tobytes() == before
    np.testing.assert_array_equal(batches.metadata, metadata)


def test_a_part_in_order_shows_every_row_once(given: Given) -> None:
    pixels, records, rows = given
    part = InOrder(pixels, records, rows, SPEC, batch_size=20)
    assert len(rows) % 20, "the last batch is smaller"
    batches = [part.batch(step) for step in range(len(part))]
    np.testing.assert_array_equal(np.concatenate([batch["image"] for batch, _ in batches]), pixels[rows])
    np.testing.assert_array_equal(
        np.concatenate([batch["metadata"] for batch, _ in batches]),
        np.stack([encode(record.patient, SPEC) for record in records]),
    )
    answers = np.concatenate([targets for _, targets in batches]).argmax(axis=1)
    assert [CODES[answer] for answer in answers] == [record.label for record in records]
    assert [place for step in range(len(part)) for place in range(len(rows))[part.places(step)]] == list(
        range(len(rows))
    )
