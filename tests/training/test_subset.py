from training.subset import holds


def test_a_share_of_the_groups_and_always_the_same_ones() -> None:
    groups = [f"IL_{number:07d}" for number in range(4000)]
    quarter, half = ({group for group in groups if holds(group, share)} for share in (0.25, 0.5))
    assert 900 < len(quarter) < 1100
    assert quarter < half
    assert all(holds(group, 1.0) for group in groups)
    assert holds("IL_7252831", 0.5) == holds("IL_7252831", 0.5)
    assert sorted(quarter)[:2] == sorted(group for group in groups[:40] if holds(group, 0.25))[:2]
