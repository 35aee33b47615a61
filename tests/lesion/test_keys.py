"""Key files: those of the minisign command, read; and our own, which it reads."""

import stat
from pathlib import Path

import pytest
from minisign import SecretKey

from lesion.keys import InvalidKey, generate, key_id, read_public_keys, read_secret_key
from tests.lesion.test_signature import PUBLIC


def nobody() -> str:
    raise AssertionError("the password was asked for")


def test_a_pair_is_written_and_read(tmp_path: Path) -> None:
    public, secret, identity = generate(tmp_path / "hospital.2026")
    assert (public.name, secret.name) == ("hospital.2026.pub", "hospital.2026.key")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert f"minisign public key {identity}\n" in public.read_text()
    key = read_secret_key(secret, nobody)
    assert read_public_keys(public) == {identity: key.get_public_key()}
    assert key_id(key.get_public_key().to_base64()) == identity


def test_a_secret_key_is_opened_by_its_password_alone(tmp_path: Path) -> None:
    public, secret, identity = generate(tmp_path / "key", lambda: "correct horse")
    assert SecretKey.from_file(secret).is_encrypted()
    key = read_secret_key(secret, lambda: "correct horse")
    assert read_public_keys(public)[identity] == key.get_public_key()
    with pytest.raises(InvalidKey, match="is not opened: wrong password"):
        read_secret_key(secret, lambda: "battery staple")


@pytest.mark.parametrize("ending", ["pub", "key"])
def test_a_key_is_never_overwritten(tmp_path: Path, ending: str) -> None:
    present = tmp_path / f"name.{ending}"
    present.write_text("mine")
    with pytest.raises(FileExistsError, match="never overwritten"):
        generate(tmp_path / "name", nobody)
    assert [path.name for path in tmp_path.iterdir()] == [present.name]
    assert present.read_text() == "mine"


def test_a_file_may_hold_several_public_keys(tmp_path: Path) -> None:
    public, _, identity = generate(tmp_path / "new")
    (tmp_path / "both.pub").write_text(PUBLIC + "\n" + public.read_text())
    assert list(read_public_keys(tmp_path / "both.pub")) == ["4E16C638111A6C3C", identity]


def test_the_line_alone_is_a_public_key_too(tmp_path: Path) -> None:
    (tmp_path / "line.pub").write_text(PUBLIC.splitlines()[1])
    assert list(read_public_keys(tmp_path / "line.pub")) == ["4E16C638111A6C3C"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no key"),
        ("untrusted comment: nothing follows\n", "holds no key"),
        (PUBLIC + "more\n", "holds what is no public key"),
        (PUBLIC.replace("RWQ", "RUQ"), "holds what is no public key"),
        ("\x00\xff", "holds what is no public key"),
    ],
)
def test_what_is_no_public_key_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "key.pub").write_text(content, encoding="latin-1")
    with pytest.raises(InvalidKey, match=reason):
        read_public_keys(tmp_path / "key.pub")


def test_a_secret_key_is_no_public_key_and_is_not_repeated(tmp_path: Path) -> None:
    public, secret, _ = generate(tmp_path / "key")
    with pytest.raises(InvalidKey) as refused:
        read_public_keys(secret)
    assert secret.read_text().splitlines()[1] not in str(refused.value)
    with pytest.raises(InvalidKey, match="is no secret key"):
        read_secret_key(public, nobody)


def test_an_absent_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidKey, match=r"absent\.pub cannot be read: No such file"):
        read_public_keys(tmp_path / "absent.pub")
