import pytest

from training.datareport.words import fixed, listed, of_all, percent, plural


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1, "100 %"), (0.508, "50.8 %"), (0.00001, "<0.1 %"), (0.99999, ">99.9 %"), (0.9994, "99.9 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float, text: str) -> None:
    assert percent(share) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_lists_read_as_english() -> None:
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


def test_numbers_go_with_their_nouns() -> None:
    assert (plural(1, "image"), plural(1234, "image"), plural(0, "image has", "images have")) == (
        "1 image",
        "1,234 images",
        "0 images have",
    )
    assert (of_all(2, 2), of_all(1, 2)) == ("All 2 images", "1 of 2 images")
    assert (fixed(None), fixed(0.12345), fixed(45.67, 1)) == ("–", "0.123", "45.7")
