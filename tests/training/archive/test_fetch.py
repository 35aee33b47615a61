"""A whole fetch from an archive in this process: what it writes, what goes wrong on the way, what it says at last."""

import csv
import hashlib
import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.archive.faults import (
    Expired,
    Fault,
    Garble,
    Maintenance,
    Reset,
    Short,
    Stall,
    Status,
    Trickle,
    Truncate,
)
from tests.training.archive.holdings import DIAGNOSES, clinical, hold, name, picture
from tests.training.archive.orders import Told, order
from tests.training.archive.server import FakeArchive
from training.archive.exchange import Pace
from training.archive.fetch import fetch
from training.archive.outcome import Outcome
from training.catalog import Catalog
from training.errors import InvalidData

HURRIED = Pace(silence_s=2, grace_s=2, slowest_bytes_s=1_000_000)
"""Short enough for a test of what stalls or trickles."""


def last_line(outcome: Outcome) -> str:
    return list(outcome.lines())[-1]


def assert_whole(out: Path, archive: FakeArchive) -> None:
    """Every image of the archive is in the catalog once, its file as the archive holds it, and nothing else."""
    catalog = Catalog.read(out)
    assert [record.image_id for record in catalog.records] == sorted(item.isic_id for item in archive.holdings)
    with catalog.open_images() as read:
        for record, item in zip(catalog.records, archive.holdings, strict=True):
            assert read(record) == item.data
            assert record.sha256 == hashlib.sha256(item.data).hexdigest()
    assert {path.name for path in out.iterdir()} <= {
        "images",
        "catalog.csv",
        "left-out.csv",
        "images.json",
        "metadata.jsonl",
        "attribution.csv",
        "fetch.json",
        ".lock",
    }
    assert len(list((out / "images").iterdir())) == len(archive.holdings)


def test_a_collection_becomes_a_catalog(tmp_path: Path) -> None:
    told = Told()
    with FakeArchive(hold(16)) as archive:
        outcome = fetch(order(archive, told=told), tmp_path)
        assert_whole(tmp_path, archive)
        assert json.loads((tmp_path / "fetch.json").read_text()) == {
            "api": archive.api,
            "query": "",
            "collections": [65],
        }
    assert (last_line(outcome), outcome.status) == ("fetched 16 of 16; failed: none", 0)
    assert told.lines == [
        "127.0.0.1, anonymously: public images only",
        "collection 65: Challenge 2019: Training",
        "  16 images, CC-BY: Drawn by DermServe",
    ]
    catalog = Catalog.read(tmp_path)
    assert {record.label for record in catalog.records} == set(DIAGNOSES)
    first = catalog.records[1]
    assert (first.label, first.age, first.sex, first.site) == ("NV", 25, "male", "posterior torso")
    assert (first.lesion_id, first.patient_id, first.confirmation) == ("IL_0000000", "IP_0000000", "histopathology")
    assert (first.license, first.attribution, first.source) == ("CC-BY", "Drawn by DermServe", "Drawn by DermServe")
    with (tmp_path / "attribution.csv").open() as file:
        assert list(csv.reader(file)) == [["license", "attribution", "images"], ["CC-BY", "Drawn by DermServe", "16"]]


def test_the_archives_own_records_are_kept_without_signed_addresses(tmp_path: Path) -> None:
    with FakeArchive(hold(5)) as archive:
        fetch(order(archive), tmp_path)
    text = (tmp_path / "metadata.jsonl").read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert [record["isic_id"] for record in records] == [name(number) for number in range(5)]
    assert records[1]["metadata"]["clinical"]["diagnosis_3"] == "Nevus"
    assert records[1]["files"]["full"] == {"size": len(picture("NV")) + len(name(1))}
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"Signature" not in path.read_bytes(), path


@pytest.mark.parametrize(
    "fault",
    [
        Status(429, retry_after="3"),
        Status(500),
        Status(503),
        Trickle(pause_s=0.5),
        Truncate(),
        Short(),
        Garble(),
        Reset(),
        Expired(),
        Stall(),
    ],
    ids=lambda fault: type(fault).__name__ + str(getattr(fault, "code", "")),
)
def test_one_fault_of_the_file_host_is_overcome(tmp_path: Path, fault: Fault) -> None:
    with FakeArchive(hold(3)) as archive:
        archive.fail(f"file {name(1)}", fault)
        pace = HURRIED if isinstance(fault, Stall | Trickle) else Pace()
        outcome = fetch(order(archive, pace=pace), tmp_path)
        assert_whole(tmp_path, archive)
        assert archive.asked(f"file {name(1)}") == 2
        assert archive.asked(f"image {name(1)}") == isinstance(fault, Expired | Garble), "a fresh address"
    assert last_line(outcome) == "fetched 3 of 3; failed: none"


def test_a_slow_body_within_bounds_is_waited_for(tmp_path: Path) -> None:
    with FakeArchive(hold(2)) as archive:
        archive.fail(f"file {name(0)}", Trickle())
        fetch(order(archive), tmp_path)
        assert_whole(tmp_path, archive)
        assert archive.asked(f"file {name(0)}") == 1


@pytest.mark.parametrize("fault", [Status(429, retry_after="3"), Status(500), Truncate(), Maintenance(), Reset()])
def test_one_fault_of_the_api_is_overcome(tmp_path: Path, fault: Fault) -> None:
    with FakeArchive(hold(3)) as archive:
        archive.fail("search", fault)
        archive.fail("collections/65", fault)
        fetch(order(archive), tmp_path)
        assert_whole(tmp_path, archive)
        assert archive.asked("search") == 2


def test_what_the_server_asks_is_waited(tmp_path: Path) -> None:
    told = Told()
    with FakeArchive(hold(2)) as archive:
        archive.fail("search", Status(429, retry_after="40"))
        archive.fail(f"file {name(1)}", Status(503), Status(429, retry_after="7"))
        fetch(order(archive, told=told), tmp_path)
    assert told.waits_s[0] == 40
    assert 1 <= told.waits_s[1] <= 2
    assert told.waits_s[2] == 7
    assert "127.0.0.1 answered 429 Too Many Requests: trying again in 40 s" in told.lines


def test_all_faults_at_once_over_many_images(tmp_path: Path) -> None:
    faults: list[Fault] = [Status(429, "1"), Status(500), Trickle(), Truncate(), Short(), Garble(), Reset(), Expired()]
    with FakeArchive(hold(60)) as archive:
        archive.overlap = 1
        archive.fail("search", Status(500), Reset(), Status(429, retry_after="1"))
        for number in range(60):
            archive.fail(f"file {name(number)}", faults[number % 8], faults[(number * 3 + 1) % 8])
        for number in range(0, 60, 4):
            archive.fail(f"image {name(number)}", Status(503), Truncate())
        archive.fail(f"file {name(30)}", Stall())
        archive.faults[f"file {name(13)}"].extend([Status(500)] * 100)
        outcome = fetch(order(archive, workers=8, attempts=6, pace=Pace(silence_s=2)), tmp_path)
        assert last_line(outcome) == f"fetched 59 of 60; failed: 1 ({name(13)})"
        assert outcome.status == 1
        assert archive.most_at_once <= 8
        archive.faults.clear()
        again = fetch(order(archive), tmp_path)
        assert_whole(tmp_path, archive)
    assert (again.kept, again.status) == (59, 0)


def test_an_image_that_cannot_be_had_is_named_everywhere(tmp_path: Path) -> None:
    with FakeArchive(hold(4)) as archive:
        archive.fail(f"file {name(2)}", *[Status(503)] * 4)
        outcome = fetch(order(archive, attempts=4), tmp_path)
        assert archive.asked(f"file {name(2)}") == 4
    reason = "127.0.0.1 answered 503 Service Unavailable"
    assert (last_line(outcome), outcome.status) == (f"fetched 3 of 4; failed: 1 ({name(2)})", 1)
    assert (tmp_path / "failed.csv").read_text() == f"image_id,reason\n{name(2)},{reason}\n"
    catalog = Catalog.read(tmp_path)
    assert [(item.image_id, item.reason) for item in catalog.left_out] == [(name(2), f"not fetched: {reason}")]
    assert name(2) not in {record.image_id for record in catalog.records}
    assert not list((tmp_path / "images").glob(f"{name(2)}*"))


def test_addresses_that_stay_refused_are_given_up(tmp_path: Path) -> None:
    with FakeArchive(hold(2)) as archive:
        archive.fail(f"file {name(1)}", *[Expired()] * 10)
        fetch(order(archive), tmp_path)
        assert archive.asked(f"file {name(1)}") == 3
    assert f'{name(1)},"the file host refused 3 addresses, with 403"' in (tmp_path / "failed.csv").read_text()


def test_an_image_withdrawn_meanwhile_is_named(tmp_path: Path) -> None:
    with FakeArchive(hold(2)) as archive:
        archive.fail(f"file {name(1)}", Expired())
        archive.fail(f"image {name(1)}", Status(404))
        fetch(order(archive), tmp_path)
    assert f"The archive has no /api/v2/images/{name(1)}/" in (tmp_path / "failed.csv").read_text()


def test_a_file_that_is_no_image_or_of_another_size_is_named(tmp_path: Path) -> None:
    holdings = hold(3)
    holdings[0].data = b"<html>not a picture</html>"
    holdings[1].told_size = len(holdings[1].data) + 5
    holdings[2].told_size = len(holdings[2].data) - 7
    with FakeArchive(holdings) as archive:
        outcome = fetch(order(archive), tmp_path)
    sizes = [len(item.data) for item in holdings]
    assert outcome.failed[name(0)].startswith("the file is no image we can read")
    assert outcome.failed[name(1)] == f"the file is not whole: expected {sizes[1] + 5} bytes, received {sizes[1]}"
    assert outcome.failed[name(2)] == f"127.0.0.1 sent more than the {sizes[2] - 7} bytes expected"
    assert not list((tmp_path / "images").iterdir())
    assert outcome.status == 1


def test_the_ending_is_that_of_the_format_and_not_of_the_address(tmp_path: Path) -> None:
    holdings = hold(2)
    holdings[1].data = picture("NV", "PNG")
    with FakeArchive(holdings) as archive:
        fetch(order(archive), tmp_path)
    assert [record.file for record in Catalog.read(tmp_path).records] == [f"{name(0)}.jpg", f"{name(1)}.png"]


def test_a_finished_folder_is_not_fetched_again(tmp_path: Path) -> None:
    with FakeArchive(hold(6)) as archive:
        fetch(order(archive), tmp_path)
        before = (tmp_path / "catalog.csv").read_bytes()
        outcome = fetch(order(archive), tmp_path)
        assert sum(archive.sent.values()) == 6
        assert (tmp_path / "catalog.csv").read_bytes() == before
    assert list(outcome.lines()) == ["6 files were there already", "fetched 6 of 6; failed: none"]


def test_a_kept_file_that_no_longer_decodes_is_fetched_anew(tmp_path: Path) -> None:
    with FakeArchive(hold(2)) as archive:
        fetch(order(archive), tmp_path)
        spoiled = tmp_path / "images" / f"{name(0)}.jpg"
        spoiled.write_bytes(bytes(spoiled.stat().st_size))
        outcome = fetch(order(archive), tmp_path)
        assert (outcome.kept, outcome.status) == (1, 0)
        assert_whole(tmp_path, archive)


def test_a_listing_that_breaks_off_is_never_success(tmp_path: Path) -> None:
    with FakeArchive(hold(3)) as archive:
        outcome = fetch(order(archive), tmp_path)
        assert outcome.status == 0
        outcome.broken = "page 2 was refused"
    assert outcome.status == 1
    assert last_line(outcome).endswith("failed: unknown, since the listing broke off")


def test_a_file_that_changed_in_the_archive_is_fetched_anew(tmp_path: Path) -> None:
    with FakeArchive(hold(2)) as archive:
        fetch(order(archive), tmp_path)
        archive.holdings[1].data = picture("MEL", "PNG")
        fetch(order(archive), tmp_path)
        assert_whole(tmp_path, archive)
        assert archive.sent == {f"file {name(0)}": 1, f"file {name(1)}": 2}


def test_the_catalog_tells_the_hash_of_what_is_there(tmp_path: Path) -> None:
    with FakeArchive(hold(2)) as archive:
        fetch(order(archive), tmp_path)
        path = tmp_path / "images" / f"{name(1)}.jpg"
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        fetch(order(archive), tmp_path)
    assert Catalog.read(tmp_path).records[1].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_licenses_that_are_not_summed_up_beforehand_stop_nothing(tmp_path: Path) -> None:
    told = Told()
    with FakeArchive(hold(2)) as archive:
        archive.fail("collections/65/attribution", Status(404))
        assert fetch(order(archive, told=told), tmp_path).status == 0
    assert told.lines[-1].startswith("  licenses and attributions are not told beforehand: The archive has no")


def test_a_limit_may_grow(tmp_path: Path) -> None:
    told = Told()
    with FakeArchive(hold(9)) as archive:
        assert last_line(fetch(order(archive, limit=4), tmp_path)) == "fetched 4 of 4; failed: none"
        assert last_line(fetch(order(archive), tmp_path)) == "fetched 9 of 9; failed: none"
        assert sum(archive.sent.values()) == 9
        fetch(order(archive, limit=4, told=told), tmp_path)
    assert any(line.startswith("5 more files in") for line in told.lines)


def test_another_search_is_refused(tmp_path: Path) -> None:
    with FakeArchive(hold(3)) as archive:
        fetch(order(archive), tmp_path)
        with pytest.raises(
            InvalidData, match=r"holds the images of something else: choose another --out(?s:.*)sex:male"
        ):
            fetch(order(archive, query="sex:male"), tmp_path)
        assert sum(archive.sent.values()) == 3


def test_a_catalog_that_no_fetch_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "catalog.csv").write_text("precious\n")
    with FakeArchive(hold(3)) as archive, pytest.raises(InvalidData, match="that no fetch brought"):
        fetch(order(archive), tmp_path)
    assert (tmp_path / "catalog.csv").read_text() == "precious\n"


def test_a_search_with_a_typing_error_leaves_the_folder_free(tmp_path: Path) -> None:
    with FakeArchive(hold(3)) as archive:
        with pytest.raises(InvalidData, match=r"refused the search 'sex:\(male': Could not parse search query."):
            fetch(order(archive, query="sex:(male"), tmp_path)
        outcome = fetch(order(archive, query="sex:male"), tmp_path)
    assert last_line(outcome) == "fetched 1 of 1; failed: none"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"query": "sex:unheard"}, "finds no image for query 'sex:unheard'"),
        ({"collections": (99,)}, "has no /api/v2/collections/99/, or none that we may see"),
    ],
)
def test_a_search_that_finds_nothing_is_an_error(tmp_path: Path, changed: dict[str, object], message: str) -> None:
    with FakeArchive(hold(3)) as archive, pytest.raises(InvalidData, match=message):
        fetch(order(archive, **changed), tmp_path)  # type: ignore[arg-type]


def test_what_does_not_map_is_left_out_and_reported(tmp_path: Path) -> None:
    holdings = hold(7)
    holdings[0].clinical = clinical(("Benign", "Cysts", "Milium"), ("Trunk",))
    holdings[1].clinical = clinical(("Benign", "Benign - Other"))
    holdings[2].clinical = clinical(("Benign", "Benign surprises of 2027"))
    holdings[3].acquisition = {"image_type": "clinical: close-up"}
    holdings[4].clinical = clinical(DIAGNOSES["MEL"], age_approx="old")
    holdings[5].clinical = clinical()
    with FakeArchive(holdings) as archive:
        outcome = fetch(order(archive), tmp_path)
    catalog = Catalog.read(tmp_path)
    assert [(record.image_id, record.label) for record in catalog.records] == [(name(0), "UNK"), (name(6), "VASC")]
    assert (catalog.records[0].site, catalog.records[0].stated_site) == (None, "Trunk")
    # The reasons after the colon are the vocabulary's own.
    assert {item.image_id: item.reason.split(": ")[0] for item in catalog.left_out[:2]} == {
        name(1): "diagnosis 'Benign:Benign - Other'",
        name(2): "diagnosis 'Benign:Benign surprises of 2027'",
    }
    assert {item.image_id: item.reason for item in catalog.left_out[2:]} == {
        name(3): "image type 'clinical: close-up': not dermoscopic",
        name(4): f"unreadable metadata: age_approx of {name(4)} must be a number of years or absent. Received 'old'.",
        name(5): "no diagnosis stated",
    }
    text = "\n".join(outcome.lines())
    assert "5 not in the catalog (left-out.csv)" in text
    assert "1: Trunk" in text
    assert (last_line(outcome), outcome.status) == ("fetched 7 of 7; failed: none", 0)


def test_nothing_of_ours_reaches_the_file_host(tmp_path: Path) -> None:
    with FakeArchive(hold(4)) as archive:
        fetch(order(archive), tmp_path)
        for what, headers in archive.requests:
            assert "cookie" not in headers
            if what.startswith("file "):
                assert "authorization" not in headers
                assert headers["accept-encoding"] == "identity"


def test_a_disk_that_cannot_be_written_stops_the_fetch_and_says_so(tmp_path: Path) -> None:
    with FakeArchive(hold(4)) as archive:
        # A directory where the partial file should be: a write that fails, for root too.
        def obstruct(line: str) -> None:
            if line.startswith("collection 65"):
                (tmp_path / ".partial" / name(2)).mkdir()

        with pytest.raises(InvalidData, match=r"Cannot go on: (?s:.*)run the command again"):
            fetch(replace(order(archive), tell=obstruct), tmp_path)


def test_no_secret_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with FakeArchive(hold(2)) as archive:
        archive.fail(f"file {name(1)}", *[Reset()] * 9)
        outcome = fetch(order(archive), tmp_path)
    assert "Signature" not in caplog.text + "\n".join(outcome.lines()) + (tmp_path / "failed.csv").read_text()
