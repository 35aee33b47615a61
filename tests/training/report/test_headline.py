from tests.training.report.cases import plain, whole
from training.report.headline import chosen_point, headlines, malignant


def test_the_decision_comes_first() -> None:
    told = headlines(whole())
    assert [each.name for each in told][:2] == ["Malignant lesions found", "Other lesions spared"]
    point = chosen_point(whole().operating)
    assert point is not None
    assert point.promised == 0.95
    assert point.sensitivity is not None
    share = point.sensitivity.independent
    assert told[0].meaning.startswith(f"{share.hits} of {share.total} lesions")
    assert told[0].sure.startswith("95\N{NO-BREAK SPACE}% interval")
    assert len(told) == 6


def test_a_quick_grade_has_no_headlines() -> None:
    assert headlines(plain()) == ()
    assert malignant(plain()) == "MEL, BCC and SCC"
