"""Logging in, staying logged in, logging out; and who sees private images."""

import asyncio
import logging
import stat
from pathlib import Path

import httpx
import pytest

from tests.training.archive.faults import Status
from tests.training.archive.holdings import hold, name
from tests.training.archive.orders import Told, order
from tests.training.archive.server import FakeArchive
from training.archive.fetch import fetch
from training.archive.login import Login
from training.archive.retry import Patience
from training.archive.session import Session, log_in, log_out
from training.archive.tokens import Token, Tokens
from training.catalog import Catalog
from training.errors import InvalidData


def login_to(archive: FakeArchive) -> Login:
    return Login(archive.origin, patience=Patience(sleep=Told().sleep))


def browse(address: str) -> str:
    """What the user does: open the page, agree, read the code."""
    answer = httpx.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def logged_in(archive: FakeArchive, folder: Path) -> Tokens:
    login, tokens = login_to(archive), Tokens(folder)
    pending = login.begin()
    asyncio.run(log_in(login, pending, browse(pending.address), tokens))
    return tokens


def partly_private(count: int) -> FakeArchive:
    holdings = hold(count)
    for item in holdings[::2]:
        item.public = False
    return FakeArchive(holdings)


def token_of(tokens: Tokens, archive: FakeArchive) -> Token:
    token = tokens.read(archive.origin)
    assert token is not None
    return token


def test_anonymously_only_public_images_are_there(tmp_path: Path) -> None:
    with partly_private(6) as archive:
        outcome = fetch(order(archive, tokens=tmp_path / "config"), tmp_path / "out")
    assert list(outcome.lines())[-1] == "fetched 3 of 3; failed: none"
    assert [record.image_id for record in Catalog.read(tmp_path / "out").records] == [name(1), name(3), name(5)]


def test_logged_in_private_images_are_there(tmp_path: Path) -> None:
    told = Told()
    with partly_private(6) as archive:
        tokens = logged_in(archive, tmp_path / "config")
        outcome = fetch(order(archive, tokens=tmp_path / "config", told=told), tmp_path / "out")
        bearer = f"Bearer {token_of(tokens, archive).access_token}"
        for what, headers in archive.requests:
            if what.startswith(("search", "image", "collections", "users")):
                assert headers["authorization"] == bearer
            else:
                assert "authorization" not in headers
    assert list(outcome.lines())[-1] == "fetched 6 of 6; failed: none"
    assert told.lines[0] == "127.0.0.1, as reader@example.org"


def test_the_token_is_for_its_user_alone(tmp_path: Path) -> None:
    with FakeArchive([]) as archive:
        tokens = logged_in(archive, tmp_path / "config")
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(tokens.path.parent.stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "config").iterdir()] == [tokens.path.name]


def test_a_token_belongs_to_one_archive(tmp_path: Path) -> None:
    with FakeArchive(hold(2)) as one, FakeArchive(hold(2)) as other:
        logged_in(one, tmp_path / "config")
        fetch(order(other, tokens=tmp_path / "config"), tmp_path / "out")
        assert all("authorization" not in headers for _, headers in other.requests)
        logged_in(other, tmp_path / "config")
        assert Tokens(tmp_path / "config").read(one.origin) != Tokens(tmp_path / "config").read(other.origin)


def test_secrets_show_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    with caplog.at_level(logging.DEBUG), partly_private(4) as archive:
        archive.oauth.expires_in = 30
        tokens = logged_in(archive, tmp_path / "config")
        archive.fail(f"file {name(1)}", *[Status(500)] * 9)
        archive.fail("search", Status(500))
        outcome = fetch(order(archive, tokens=tmp_path / "config", told=told), tmp_path / "out")
        shown = caplog.text + "\n".join([*told.lines, *outcome.lines()]) + repr(tokens.read(archive.origin))
        for path in (tmp_path / "out").rglob("*"):
            shown += path.read_text(errors="replace") if path.is_file() else ""
        assert len(archive.oauth.issued) >= 4
        assert [secret for secret in archive.oauth.issued if secret in shown] == []


def test_an_expired_token_is_renewed_once_and_kept(tmp_path: Path) -> None:
    with partly_private(6) as archive:
        archive.oauth.expires_in = 30  # less than the leeway: old as soon as it is there
        tokens = logged_in(archive, tmp_path / "config")
        first = token_of(tokens, archive)
        archive.oauth.expires_in = 36_000
        outcome = fetch(order(archive, tokens=tmp_path / "config"), tmp_path / "out")
        assert archive.oauth.renewals == 1
        second = token_of(tokens, archive)
        assert archive.oauth.knows(f"Bearer {second.access_token}")
    assert second.refresh_token != first.refresh_token
    assert outcome.status == 0
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600


def test_many_tasks_and_programs_renew_one_token_once(tmp_path: Path) -> None:
    with FakeArchive([]) as archive:
        archive.oauth.expires_in = 30
        logged_in(archive, tmp_path)
        archive.oauth.expires_in = 36_000
        sessions = [Session(Tokens(tmp_path), login_to(archive)) for _ in range(2)]

        async def ask() -> list[Token]:
            return await asyncio.gather(*(session.current() for session in sessions * 5))

        assert len({token.access_token for token in asyncio.run(ask())}) == 1
        assert archive.oauth.renewals == 1


def test_a_token_that_the_archive_forgot_is_renewed_or_the_login_has_ended(tmp_path: Path) -> None:
    with partly_private(4) as archive:
        tokens = logged_in(archive, tmp_path / "config")
        archive.oauth.access.clear()
        assert fetch(order(archive, tokens=tmp_path / "config"), tmp_path / "out").status == 0
        assert archive.oauth.renewals == 1
        archive.oauth.access.clear()
        archive.oauth.refresh.clear()
        with pytest.raises(InvalidData, match=r"has ended: invalid_grant\. Log in again: python -m training login"):
            fetch(order(archive, tokens=tmp_path / "config"), tmp_path / "out")
    assert tokens.path.exists()


def test_logging_in_survives_a_busy_server(tmp_path: Path) -> None:
    with FakeArchive([]) as archive:
        archive.fail("token", Status(503))
        tokens = logged_in(archive, tmp_path)
        assert archive.oauth.knows(f"Bearer {token_of(tokens, archive).access_token}")


def test_a_code_works_once_and_with_its_own_verifier(tmp_path: Path) -> None:
    with FakeArchive([]) as archive:
        login, tokens = login_to(archive), Tokens(tmp_path / "config")
        pending, other = login.begin(), login.begin()
        code = browse(pending.address)
        with pytest.raises(InvalidData, match=r"refused the code: invalid_grant\. Begin again"):
            asyncio.run(log_in(login, other, code, tokens))
        with pytest.raises(InvalidData, match="refused the code"):
            asyncio.run(log_in(login, pending, code, tokens))
        assert not tokens.path.exists()


def test_logging_out_forgets_the_token_on_both_sides(tmp_path: Path) -> None:
    with FakeArchive([]) as archive:
        tokens = logged_in(archive, tmp_path)
        asyncio.run(log_out(login_to(archive), tokens))
        assert tokens.read(archive.origin) is None
        assert archive.oauth.access == {}
        assert archive.oauth.refresh == set()
        with pytest.raises(InvalidData, match="Not logged in"):
            asyncio.run(log_out(login_to(archive), tokens))


def test_a_logout_that_the_archive_does_not_confirm_says_so_and_forgets_here(tmp_path: Path) -> None:
    with FakeArchive([]) as archive:
        tokens = logged_in(archive, tmp_path)
        archive.fail("revoke_token", Status(400))
        with pytest.raises(InvalidData, match="did not confirm the logout: status 400"):
            asyncio.run(log_out(login_to(archive), tokens))
        assert tokens.read(archive.origin) is None


@pytest.mark.parametrize("content", ["", "[]", "not json", '{"ORIGIN": {"access_token": "x"}}', '{"ORIGIN": []}'])
def test_a_damaged_token_file_is_an_error(tmp_path: Path, content: str) -> None:
    tokens = Tokens(tmp_path)
    tokens.path.write_text(content.replace("ORIGIN", "https://a.example.org"))
    with pytest.raises(InvalidData, match="is damaged"):
        tokens.read("https://a.example.org")


def test_a_login_goes_over_https_only() -> None:
    with pytest.raises(InvalidData, match=r"https only\. Received http://archive\.example\.org"):
        Login("http://archive.example.org")
