from tests.training.report.cases import plain, whole
from training.report.checklist import checklist


def test_only_people_leave_items_open_where_every_section_is_there() -> None:
    items = checklist(whole())
    assert [item.asked for item in items if item.open and not item.people] == ["Skin tones represented"]
    assert sum(item.open for item in items) < len(items) / 2


def test_a_section_that_is_not_there_says_nothing() -> None:
    told = {item.asked: item for item in checklist(plain())}
    assert told["Calibration"].open
    assert not told["Calibration"].people
    assert told["Ethics approval and consent for the images"].people
    assert told["How parts were kept independent"].told.startswith("Split")


def test_every_list_has_items_of_its_own() -> None:
    lists = {name for item in checklist(plain()) for name in item.lists}
    assert lists == {"CLEAR Derm", "MI-CLAIM", "TRIPOD+AI"}
