"""Sheets are drawn by seed alone, and thumbnails are small."""

import base64
import io
from pathlib import Path

from PIL import Image

from training.catalog import Catalog
from training.datareport.pairs import Pair
from training.datareport.sheets import BOX, choose, thumbnails


def near(a: str, b: str, labels: str = "same") -> Pair:
    return Pair.model_validate({"a": a, "b": b, "kind": "near", "similarity": 0.99, "labels": labels})


def test_every_category_and_source_has_a_seeded_sample(drawn_catalog: Catalog) -> None:
    sheets = choose(drawn_catalog.records, [], samples=3, seed=1)
    label = {record.image_id: record.label for record in drawn_catalog.records}
    for sheet in sheets.by_category:
        assert len({shown.image_id for shown in sheet.images}) == 3
        assert {label[shown.image_id] for shown in sheet.images} == {sheet.name}
        assert sheet.of == list(label.values()).count(sheet.name)
    assert [sheet.name for sheet in sheets.by_source] == ["other"]
    assert sheets == choose(drawn_catalog.records, [], samples=3, seed=1)
    assert sheets != choose(drawn_catalog.records, [], samples=3, seed=2)


def test_pairs_are_shown_where_both_images_are_held(drawn_catalog: Catalog) -> None:
    first, second, third = (record.image_id for record in drawn_catalog.records[:3])
    pairs = [near(first, second), near(first, third, "differ"), near(first, "ISIC_9999999", "differ")]
    sheets = choose(drawn_catalog.records, pairs, samples=1, seed=0)
    assert [shown.pair for shown in sheets.near] == [pairs[0]]
    assert [shown.pair for shown in sheets.differing] == [pairs[1]]
    assert {first, second, third} <= set(sheets.image_ids)
    assert len(sheets.image_ids) == len(set(sheets.image_ids))


def test_thumbnails_are_small_jpegs_and_broken_files_have_none(tmp_path: Path, drawn_catalog: Catalog) -> None:
    Image.new("RGB", (1200, 800)).save(tmp_path / drawn_catalog.records[0].file)
    (tmp_path / drawn_catalog.records[1].file).write_bytes(b"no image")
    catalog = Catalog(drawn_catalog.records[:2], tmp_path)
    names = [record.image_id for record in catalog.records]
    made = thumbnails(catalog, names)
    assert list(made) == names[:1]
    head, body = made[names[0]].split(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(body))) as image:
        assert image.size == (192, 128)
        assert image.size[0] <= BOX[0]
