"""Boxes where nothing overlaps, arrows that run beside them, the picture's way straight."""

from itertools import combinations

from training.architecture.layout import Layout, Place, lay_out

SIZES = dict.fromkeys(("image", "a", "b", "c", "metadata", "d", "join", "out"), (2.0, 0.6))
TRUNK = [("image", "a"), ("a", "b"), ("b", "c"), ("c", "join"), ("join", "out")]
ARROWS = [*TRUNK, ("metadata", "d"), ("d", "join"), ("metadata", "out")]


def overlap(one: Place, other: Place) -> bool:
    across, down = abs(one.x - other.x), abs(one.y - other.y)
    return across < (one.width + other.width) / 2 and down < (one.height + other.height) / 2


def drawn(frames: dict[str, str] | None = None) -> Layout:
    return lay_out(SIZES, ARROWS, frames or {}, TRUNK)


def test_nothing_overlaps_not_even_a_passing_arrow() -> None:
    layout = drawn()
    places = [*layout.places.values(), *(place for passed in layout.passages.values() for place in passed)]
    assert len(layout.passages["metadata", "out"]) == 4
    assert not any(overlap(one, other) for one, other in combinations(places, 2))
    assert all(-1e-6 <= place.x - place.width / 2 <= layout.width - place.width + 1e-6 for place in places)


def test_the_picture_goes_straight_down_on_the_left() -> None:
    places = drawn().places
    assert len({round(places[name].x, 6) for name in ("image", "a", "b", "c", "join", "out")}) == 1
    assert places["image"].x < places["metadata"].x
    assert places["image"].y == places["metadata"].y
    assert [places[name].y for name in ("image", "a", "b", "c", "join", "out")] == sorted(
        {places[name].y for name in SIZES}
    )


def test_nothing_else_gets_into_a_frame() -> None:
    layout = drawn({"a": "frame", "b": "frame", "c": "frame"})
    right = max(layout.places[name].x + layout.places[name].width / 2 for name in "abc")
    others = [layout.places["d"], *layout.passages["d", "join"], *layout.passages["metadata", "out"][:3]]
    assert all(place.x - place.width / 2 > right for place in others)
