from training.report.words import fixed, interval, percents, signed


def test_numbers_have_true_minus_signs() -> None:
    assert fixed(-0.05, 2) == "−0.05"
    assert fixed(None) == "–"
    assert signed(-0.0412) == "−0.041"
    assert signed(0.5, 1) == "+0.5"


def test_intervals_are_read_without_doubt() -> None:
    assert interval((0.8, 0.85), 2) == "0.80–0.85"
    assert interval((-0.2, 0.1), 1) == "−0.2 to 0.1"
    assert interval(None) == percents(None) == ""


def test_what_is_not_all_is_never_rounded_to_it() -> None:
    assert percents((0.949, 0.9998)) == "94.9–99.98\N{NO-BREAK SPACE}%"
    assert percents((0.0, 1.0)) == "0–100\N{NO-BREAK SPACE}%"
    assert percents((0.9, 1 - 1e-12)) == "90.0–100\N{NO-BREAK SPACE}%"
    assert percents((0.0001, 0.5)) == "0.01–50.0\N{NO-BREAK SPACE}%"
