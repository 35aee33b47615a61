"""Labels: the eight, UNK, and categories of one's own."""

from pathlib import Path

import pytest

from lesion.diagnosis import CODES
from training.catalog import Catalog, LeftOut, Record
from training.errors import InvalidData

LABELS = ("MEL", "UNK", "LENTIGO", "NV")


def catalog(*labels: str) -> Catalog:
    records = [Record(image_id=f"i{place}", label=label, sha256="", file="") for place, label in enumerate(labels)]
    return Catalog(records, Path("images"))


def test_a_label_of_ones_own_is_kept_as_it_is(tmp_path: Path) -> None:
    catalog(*LABELS).write(tmp_path)
    assert [record.label for record in Catalog.read(tmp_path).records] == list(LABELS)


@pytest.mark.parametrize("label", ["", "nevus", "A", "TWO WORDS", "É", "MEL\n", "A" * 17])
def test_what_cannot_be_a_code_is_refused(label: str) -> None:
    with pytest.raises(InvalidData, match=r"Labels must be codes such as MEL .* Received \["):
        catalog("MEL", label)


def test_images_of_other_categories_are_left_out_and_named() -> None:
    eight = catalog(*LABELS).of_categories()
    assert [record.label for record in eight.records] == ["MEL", "NV"]
    assert eight.left_out == (
        LeftOut("i1", "labeled UNK: none of the categories to learn"),
        LeftOut("i2", "labeled LENTIGO: none of the categories to learn"),
    )


def test_a_misspelled_category_is_found_out() -> None:
    with pytest.raises(InvalidData, match=r"No image is labeled \['LENTGO'\]\. Labels of no category: \['LENTIGO'\]"):
        catalog(*LABELS).of_categories((*CODES, "LENTGO"))
    # A parent's category that another clinic has no image of is no mistake.
    assert len(catalog("MEL", "UNK").of_categories((*CODES, "LENTIGO"))) == 1


def test_an_extra_category_is_learned_and_so_may_unk_be() -> None:
    assert [record.label for record in catalog(*LABELS).of_categories((*CODES, "LENTIGO")).records] == [
        "MEL",
        "LENTIGO",
        "NV",
    ]
    assert len(catalog(*LABELS).of_categories((*CODES, "UNK", "LENTIGO"))) == len(LABELS)
