"""Pages: many, overlapping, miscounted, broken; and searches by query and collection."""

from pathlib import Path

import pytest

from tests.training.archive.faults import Status
from tests.training.archive.holdings import hold, name
from tests.training.archive.orders import order
from tests.training.archive.server import FakeArchive
from training.archive.fetch import fetch
from training.archive.outcome import Outcome
from training.catalog import Catalog
from training.errors import InvalidData


def last_lines(outcome: Outcome, count: int = 1) -> list[str]:
    return list(outcome.lines())[-count:]


def test_more_images_than_two_pages_hold(tmp_path: Path) -> None:
    with FakeArchive(hold(251)) as archive:
        outcome = fetch(order(archive, workers=8), tmp_path)
        assert archive.asked("search") == 3
        assert set(archive.sent.values()) == {1}
    assert last_lines(outcome) == ["fetched 251 of 251; failed: none"]
    assert len(Catalog.read(tmp_path)) == 251


def test_images_on_two_pages_are_kept_once(tmp_path: Path) -> None:
    with FakeArchive(hold(106)) as archive:
        archive.overlap = 5
        outcome = fetch(order(archive, workers=8), tmp_path)
        assert set(archive.sent.values()) == {1}
    assert last_lines(outcome) == ["fetched 106 of 106; failed: none"]
    assert len(Catalog.read(tmp_path)) == 106


def test_a_limit_asks_for_no_more_than_it_needs(tmp_path: Path) -> None:
    with FakeArchive(hold(104)) as archive:
        assert last_lines(fetch(order(archive, limit=3), tmp_path)) == ["fetched 3 of 3; failed: none"]
        assert archive.asked("search") == 1
        assert last_lines(fetch(order(archive, limit=102), tmp_path)) == ["fetched 102 of 102; failed: none"]
        assert last_lines(fetch(order(archive, limit=900), tmp_path)) == ["fetched 104 of 104; failed: none"]


def test_images_counted_and_not_listed_are_missing(tmp_path: Path) -> None:
    with FakeArchive(hold(4)) as archive:
        archive.miscount = 2
        outcome = fetch(order(archive), tmp_path)
    assert outcome.status == 1
    assert last_lines(outcome, 2) == [
        "2 images that the archive counts were not listed. Its count may lag behind by a day. Run the command again.",
        "fetched 4 of 6; failed: 2 (2 not listed)",
    ]


def test_images_listed_beyond_the_count_are_fetched(tmp_path: Path) -> None:
    with FakeArchive(hold(4)) as archive:
        archive.miscount = -1
        outcome = fetch(order(archive), tmp_path)
    assert (last_lines(outcome), outcome.status) == (["fetched 4 of 4; failed: none"], 0)


@pytest.mark.parametrize(
    ("elsewhere", "message"),
    [
        (lambda _: "https://elsewhere.example.org/api/v2/images/search/?cursor=x", "led to another server"),
        (lambda address: address.replace("127.0.0.1", "localhost"), "led to another server"),
        (lambda address: address.replace("http:", "https:"), "led to another server"),
        (lambda _: "/api/v2/images/search/?cursor=x", "led to another server"),
    ],
    ids=["host", "name", "scheme", "relative"],
)
def test_a_next_page_on_another_server_is_not_followed(tmp_path: Path, elsewhere: object, message: str) -> None:
    with FakeArchive(hold(102)) as archive:
        archive.next_address = elsewhere  # type: ignore[assignment]
        outcome = fetch(order(archive, workers=8), tmp_path)
        assert archive.asked("search") == 1
    assert outcome.broken is not None
    assert message in outcome.broken
    assert outcome.status == 1
    assert last_lines(outcome) == ["fetched 100 of 102; failed: 2 (2 not listed)"]
    assert len(Catalog.read(tmp_path)) == 100


def test_pages_that_lead_in_a_circle(tmp_path: Path) -> None:
    with FakeArchive(hold(250)) as archive:
        archive.overlap = 100
        outcome = fetch(order(archive, workers=8), tmp_path)
    assert outcome.broken == "The archive's pages lead in a circle."
    assert last_lines(outcome) == ["fetched 100 of 250; failed: 150 (150 not listed)"]


def test_a_listing_that_breaks_off_keeps_what_it_had(tmp_path: Path) -> None:
    with FakeArchive(hold(103)) as archive:
        archive.next_address = lambda address: address.replace("/search/", "/gone/")
        outcome = fetch(order(archive, workers=8), tmp_path)
        assert outcome.broken is not None
        archive.next_address = lambda address: address
        again = fetch(order(archive, workers=8), tmp_path)
    assert last_lines(outcome) == ["fetched 100 of 103; failed: 3 (3 not listed)"]
    assert (last_lines(again), again.kept) == (["fetched 103 of 103; failed: none"], 100)


@pytest.mark.parametrize("fault", [Status(401), Status(403), Status(422), Status(302), Status(418)])
def test_a_refusal_is_final(tmp_path: Path, fault: Status) -> None:
    with FakeArchive(hold(3)) as archive:
        archive.fail("search", fault)
        with pytest.raises(InvalidData, match=rf"(refuses us|did not accept).*{fault.code}"):
            fetch(order(archive), tmp_path)
        assert archive.asked("search") == 1


def test_an_archive_that_stays_silent_is_given_up(tmp_path: Path) -> None:
    with FakeArchive(hold(3)) as archive:
        archive.fail("search", *[Status(500)] * 9)
        with pytest.raises(InvalidData, match=r"did not answer, asked 4 times: 127.0.0.1 answered 500"):
            fetch(order(archive), tmp_path)
        assert archive.asked("search") == 4


def test_queries_and_collections_go_to_the_archive(tmp_path: Path) -> None:
    holdings = hold(12)
    for item in holdings[8:]:
        item.collections = frozenset({66})
    with FakeArchive(holdings) as archive:
        fetch(order(archive, query='diagnosis_3:"Nevus" OR age_approx:[20 TO 25]', collections=()), tmp_path / "a")
        fetch(order(archive, query="isic_id:*", collections=(65,), limit=9), tmp_path / "b")
    assert [record.image_id for record in Catalog.read(tmp_path / "a").records] == [name(0), name(1), name(9)]
    assert [record.image_id for record in Catalog.read(tmp_path / "b").records] == [name(n) for n in range(8)]


def test_a_record_that_is_not_as_documented_is_named(tmp_path: Path) -> None:
    holdings = hold(3)
    holdings[1].told_size = 0
    with FakeArchive(holdings) as archive:
        outcome = fetch(order(archive), tmp_path)
    assert last_lines(outcome) == [f"fetched 2 of 3; failed: 1 ({name(1)})"]
    assert outcome.failed[name(1)].startswith("the archive's record is not as documented: files.full.size")


def test_an_id_that_is_no_file_name_stops_the_listing(tmp_path: Path) -> None:
    holdings = hold(3)
    holdings[1].isic_id = "../../escape"
    with FakeArchive(holdings) as archive:
        outcome = fetch(order(archive), tmp_path)
    assert outcome.broken is not None
    assert "an image without an id" in outcome.broken
    assert (last_lines(outcome), outcome.status) == (["fetched 1 of 3; failed: 2 (2 not listed)"], 1)
