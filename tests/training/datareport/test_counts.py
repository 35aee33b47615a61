"""Images, lesions, licenses and parts, against hand counts."""

from collections.abc import Callable

import pytest

from lesion.diagnosis import CODES
from training.catalog import Record
from training.datareport.counts import NO_PART, Terms, categories, parts, terms
from training.datareport.patients import describe_patients
from training.datareport.tables import NOT_STATED
from training.splits import Splits

Make = Callable[..., Record]


@pytest.fixture
def records(make_record: Make) -> list[Record]:
    return [
        make_record(0, "MEL", lesion_id="A", age=62.0, sex="male", site="head/neck", license="CC-0", source="one"),
        make_record(1, "MEL", lesion_id="A", age=64.0, sex="male", site="head/neck", license="CC-0", source="one"),
        make_record(2, "MEL", lesion_id="", age=48.0, sex="female", source="two"),
        make_record(3, "NV", lesion_id="B", sex="unknown", site="palms/soles", source="one", confirmation="histo"),
    ]


def test_an_image_without_lesion_id_counts_as_a_lesion(records: list[Record]) -> None:
    told = {item.code: item for item in categories(records)}
    assert tuple(told) == CODES
    melanoma = told["MEL"]
    assert (melanoma.images, melanoma.lesions, melanoma.images_without_lesion) == (3, 2, 1)
    assert (melanoma.share, melanoma.mean_age, melanoma.malignant) == (0.75, 58, True)
    assert (told["NV"].mean_age, told["BCC"].images) == (None, 0)


def test_unknown_diagnoses_are_a_ninth_category_where_there_are_any(make_record: Make) -> None:
    told = categories([make_record(0, "UNK")])
    assert [item.code for item in told] == [*CODES, "UNK"]
    assert told[-1].images == 1
    assert not told[-1].malignant


def test_labels_of_ones_own_stand_between_the_eight_and_unk(make_record: Make) -> None:
    told = categories([make_record(place, label) for place, label in enumerate(("UNK", "SCAR", "LENTIGO", "SCAR"))])
    assert [(item.code, item.name, item.images) for item in told[8:]] == [
        ("LENTIGO", "LENTIGO", 1),
        ("SCAR", "SCAR", 2),
        ("UNK", "None of the eight", 1),
    ]


def test_terms_are_counted_and_empty_ones_said(records: list[Record]) -> None:
    assert terms(records) == (
        Terms(license="CC-0", attribution=NOT_STATED, images=2),
        Terms(license=NOT_STATED, attribution=NOT_STATED, images=2),
    )


def test_parts_count_images_and_lesions_and_name_divided_groups(records: list[Record]) -> None:
    split = Splits(
        {"ISIC_9000000": "train", "ISIC_9000001": "test", "ISIC_9000002": "test"},
        {name: name for name in ("ISIC_9000000", "ISIC_9000001", "ISIC_9000002")},
    )
    groups = {record.image_id: record.image_id for record in records} | {"ISIC_9000001": "ISIC_9000000"}
    told = parts(records, groups, split, "mine")
    assert told.images.rows == ("train", "validation", "calibration", "test", NO_PART)
    assert told.images.row_totals == (1, 0, 0, 2, 1)
    assert told.lesions.count("test", "MEL") == 2
    assert told.divided == ("ISIC_9000000",)


def test_a_split_that_names_none_of_the_images(records: list[Record]) -> None:
    told = parts(records, {record.image_id: record.image_id for record in records}, Splits({}, {}), "empty")
    assert told.images.row_totals == (0, 0, 0, 0, 4)
    assert told.divided == ()


def test_ages_fall_into_bins_of_five_without_gaps(records: list[Record]) -> None:
    told = describe_patients(records)
    assert told.age.rows == ("45", "50", "55", "60", NOT_STATED)
    assert told.age.column_totals[CODES.index("MEL")] == 3
    assert [told.age.count(row, "MEL") for row in told.age.rows] == [1, 0, 0, 2, 0]
    assert told.age.count(NOT_STATED, "NV") == 1


def test_sex_site_and_confirmation(records: list[Record]) -> None:
    told = describe_patients(records)
    assert told.sex.rows == ("female", "male", "unknown")
    assert told.sex.row_totals == (1, 2, 1)
    assert told.site.rows == ("head/neck", "palms/soles", NOT_STATED)
    assert told.confirmation.row_totals == (1, 3)
