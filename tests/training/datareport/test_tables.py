"""Counts land in their cells, and orders are what they say."""

from training.datareport.page import first, largest_share
from training.datareport.tables import NOT_STATED, cross, frequent

TABLE = cross([("a", "x"), ("a", "x"), ("a", "y"), ("b", "x"), (NOT_STATED, "y")], columns=("x", "y", "z"))


def test_pairs_are_counted_most_frequent_row_first_and_not_stated_last() -> None:
    assert TABLE.rows == ("a", "b", NOT_STATED)
    assert TABLE.counts == ((2, 1, 0), (1, 0, 0), (0, 1, 0))
    assert (TABLE.row_totals, TABLE.column_totals, TABLE.total) == ((3, 1, 1), (3, 2, 0), 5)


def test_a_share_is_of_the_column_and_zero_where_there_is_nothing() -> None:
    assert TABLE.share("a", "x") == 2 / 3
    assert TABLE.share("a", "z") == 0
    assert TABLE.share("nobody", "x") == 0
    assert largest_share(TABLE) == 2 / 3


def test_equals_are_ordered_by_alphabet() -> None:
    assert frequent(["b", NOT_STATED, "a", NOT_STATED, "c", "c"]) == ["c", "a", "b", NOT_STATED]


def test_rows_beyond_the_first_are_added_up() -> None:
    shown = first(TABLE, 1)
    assert shown.rows == ("a", "2 others")
    assert shown.counts == ((2, 1, 0), (1, 1, 0))
    assert first(TABLE, 3) == TABLE
