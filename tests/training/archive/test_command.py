"""The commands as a user runs them, in processes of their own: killed, interrupted, asked for nonsense."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.paths import ROOT
from tests.training.archive.holdings import hold
from tests.training.archive.server import FakeArchive
from training.__main__ import main
from training.catalog import Catalog

# Whoever is started in the background of a shell hears no Ctrl+C, and leaves that to its children.
HEARS_INTERRUPTS = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from training.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


def start(tmp_path: Path, *arguments: str, api: str) -> "subprocess.Popen[str]":
    """A command whose configuration directory is below tmp_path."""
    return subprocess.Popen(
        [sys.executable, "-c", HEARS_INTERRUPTS, *arguments, "--api", api],
        cwd=ROOT,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]", given: str | None = None) -> tuple[int, str, str]:
    with process:
        out, err = process.communicate(given, timeout=60)
    return process.returncode, out, err


def fetching(tmp_path: Path, archive: FakeArchive) -> "subprocess.Popen[str]":
    arguments = ("fetch", "--collection", "65", "--workers", "3", "--out", str(tmp_path / "out"))
    return start(tmp_path, *arguments, api=archive.api)


def fetching_until_held(tmp_path: Path, archive: FakeArchive) -> "subprocess.Popen[str]":
    """A fetch that has received a few files, and waits for the other halves of three more."""
    archive.hold_files_after = 7
    process = fetching(tmp_path, archive)
    archive.wait_until(lambda: len(archive.held) == 3)
    return process


def assert_the_rest_comes(tmp_path: Path, archive: FakeArchive, images: int) -> None:
    before = set((tmp_path / "out" / "images").iterdir())
    assert len(before) >= 7
    archive.hold_files_after = None
    status, out, _ = finish(fetching(tmp_path, archive))
    assert out.splitlines()[-2:] == [
        f"{len(before)} files were there already",
        f"fetched {images} of {images}; failed: none",
    ]
    assert status == 0
    assert len(Catalog.read(tmp_path / "out")) == images
    assert set(archive.sent.values()) == {1}, "a file was fetched twice"
    assert not (tmp_path / "out" / ".partial").exists()


def test_a_killed_fetch_goes_on_where_it_was(tmp_path: Path) -> None:
    with FakeArchive(hold(30)) as archive:
        process = fetching_until_held(tmp_path, archive)
        process.kill()
        assert finish(process)[0] == -signal.SIGKILL
        assert len(list((tmp_path / "out" / ".partial").glob("ISIC_*"))) == 3
        assert not (tmp_path / "out" / "catalog.csv").exists()
        assert_the_rest_comes(tmp_path, archive, 30)


def test_an_interrupted_fetch_ends_at_once_and_goes_on_where_it_was(tmp_path: Path) -> None:
    with FakeArchive(hold(30)) as archive:
        process = fetching_until_held(tmp_path, archive)
        process.send_signal(signal.SIGINT)
        # The archive still holds the three bodies back: a fetch that waited for them would not end.
        status, _, err = finish(process)
        assert status == 130
        assert err == f"stopped. What was fetched is kept in {tmp_path / 'out'}: run the command again to go on.\n"
        assert not (tmp_path / "out" / ".partial").exists()
        assert_the_rest_comes(tmp_path, archive, 30)


def test_a_folder_is_filled_by_one_fetch_at_a_time(tmp_path: Path) -> None:
    with FakeArchive(hold(30)) as archive:
        first = fetching_until_held(tmp_path, archive)
        status, _, err = finish(fetching(tmp_path, archive))
        assert (status, err.startswith("error: Another fetch is at work in")) == (1, True)
        first.kill()
        finish(first)


def test_what_is_missing_gives_a_status_of_its_own(tmp_path: Path) -> None:
    with FakeArchive(hold(3)) as archive:
        archive.miscount = 1
        status, out, err = finish(fetching(tmp_path, archive))
    assert out.splitlines()[-1] == "fetched 3 of 4; failed: 1 (1 not listed)"
    assert (status, err) == (1, "")


def test_login_fetch_and_logout(tmp_path: Path) -> None:
    holdings = hold(4)
    for item in holdings:
        item.public = False
    with FakeArchive(holdings) as archive:
        login = start(tmp_path, "login", api=archive.api)
        assert login.stdout is not None
        address = next(line for line in login.stdout if line.startswith("http")).strip()
        status, out, err = finish(login, httpx.get(address).text + "\n")
        assert (status, err) == (0, "")
        assert f"Logged in to {archive.origin}" in out
        assert (tmp_path / "config" / "dermserve" / "isic-archive.json").stat().st_mode & 0o777 == 0o600
        status, out, _ = finish(fetching(tmp_path, archive))
        assert (status, out.splitlines()[-1]) == (0, "fetched 4 of 4; failed: none")
        status, out, _ = finish(start(tmp_path, "logout", api=archive.api))
        assert (status, out) == (0, f"Logged out of {archive.origin}.\n")
        assert archive.oauth.access == {}


def test_a_login_without_a_code_changes_nothing(tmp_path: Path) -> None:
    with FakeArchive([]) as archive:
        status, _, err = finish(start(tmp_path, "login", api=archive.api), "\n")
    assert (status, err) == (1, "error: No code was given: nothing has changed.\n")
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "That would be the whole archive. Expected --query, --collection, --limit, or --all."),
        (["--query", "  "], "That would be the whole archive."),
        (["--limit", "1", "--api", "ftp://archive.example.org"], "The API must be an address such as https://api.isic"),
        (["--limit", "1", "--api", "nonsense"], "The API must be an address"),
    ],
)
def test_nonsense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["fetch", "--anonymous", "--out", str(tmp_path / "out"), *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments", [["--limit", "0"], ["--limit", "-3"], ["--collection", "65,x"], ["--workers", "0"]]
)
def test_numbers_are_above_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fetch", "--out", str(tmp_path / "out"), *arguments])
    assert "expected a whole number above 0" in capsys.readouterr().err


def test_workers_are_bounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fetch", "--out", str(tmp_path / "out"), "--workers", "65"])
    assert "expected at most 64, received 65" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["fetch", "--anonymous", "--limit", "1", "--out", str(tmp_path / "file" / "out")]) == 1
    assert capsys.readouterr().err.startswith("error: Cannot go on: ")
