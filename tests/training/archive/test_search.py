"""The fake's search language, so that tests of the client stand on it: each query against three images."""

import pytest

from tests.training.archive.search import Unparsable, parse

IMAGES = {
    "a": {"isic_id": "ISIC_0000001", "public": True, "sex": "male", "age_approx": 50, "diagnosis_3": "Nevus"},
    "b": {"isic_id": "ISIC_0000002", "public": False, "sex": "female", "age_approx": 70},
    "c": {"isic_id": "ISIC_0000013", "public": True, "diagnosis_3": "Melanoma in situ", "mel_thick_mm": 0.4},
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abc"),
        ("sex:male", "a"),
        ('diagnosis_3:"Melanoma in situ"', "c"),
        ("diagnosis_3:Mel*", "c"),
        ('diagnosis_3:"*in situ"', "c"),
        ("isic_id:*3", "c"),
        ("diagnosis_3:*", "ac"),
        ("-diagnosis_3:*", "b"),
        ("-sex:male", "bc"),
        ("age_approx:[50 TO 70]", "ab"),
        ("age_approx:{50 TO 70]", "b"),
        ("age_approx:[50 TO 70}", "a"),
        ("mel_thick_mm:[0 TO 0.5]", "c"),
        ("age_approx:50", "a"),
        ("public:true", "ac"),
        ("public:true sex:male", "a"),
        ("sex:male OR diagnosis_3:*situ AND public:true", "ac"),
        ("(sex:male OR diagnosis_3:*situ) AND -age_approx:*", "c"),
        ("sex:female OR (sex:male AND (age_approx:20 OR public:true))", "ab"),
    ],
)
def test_a_query_finds(query: str, found: str) -> None:
    holds = parse(query)
    assert "".join(name for name, image in IMAGES.items() if holds(image)) == found


@pytest.mark.parametrize(
    "query",
    ["sex", "sex:male nonsense", "sex:male AND", "(sex:male", "sex:male)", "shoe:large", "age_approx:[50 TO *]",
     "age_approx:old", "public:perhaps", "OR sex:male", 'sex:"male'],
)  # fmt: skip
def test_a_query_that_cannot_be_parsed(query: str) -> None:
    with pytest.raises(Unparsable):
        parse(query)
