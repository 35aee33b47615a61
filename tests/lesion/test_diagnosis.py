from lesion.diagnosis import CATEGORIES, CODES


def test_the_order_is_that_of_the_official_ground_truth() -> None:
    assert CODES == ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC")


def test_actinic_keratosis_is_not_counted_as_malignant() -> None:
    assert {category.code for category in CATEGORIES if category.malignant} == {"MEL", "BCC", "SCC"}
