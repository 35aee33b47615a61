import json

from tests.training.report.cases import whole
from training.evaluation.operating import Operating
from training.report.explorer import explorer


def operating() -> Operating:
    found = whole().operating
    assert found is not None
    return found


def test_it_begins_at_the_point_that_answers() -> None:
    told = explorer(operating())
    assert told is not None
    counts = operating().independent_explorer
    point = operating().points[1]
    assert point.independent is not None
    assert counts.true_positive[told.start] == point.independent.true_positive
    assert [row.promise for row in told.rows] == [0.9, 0.95]
    assert told.rows[1].missed == point.independent.false_negative == sum(told.rows[1].missed_by_category)


def test_the_script_is_given_an_array_of_each_count() -> None:
    told = explorer(operating())
    assert told is not None
    given = json.loads(json.dumps(told.json))
    assert {len(given[name]) for name in ("threshold", "tp", "fp", "tn", "fn")} == {told.last + 1}
    assert set(given["missed"]) == {"MEL", "BCC", "SCC"}
    assert 'id="explored-dot"' in told.drawing
    assert given["frame"]["width"] > 0


def test_without_an_operating_section_there_is_none() -> None:
    assert explorer(None) is None
