"""A bundle answers for whoever signed it: nothing of it, of the signature or of its comment may have changed since."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from minisign import KeyPair, PublicKey, SecretKey

from lesion.keys import InvalidKey, PublicKeys, key_id, read_public_keys
from lesion.manifest import MANIFEST_FILE, SIGNATURE_FILE, InvalidBundle, Manifest, digest
from lesion.signature import Signer, claimed_signer, sign, verify_signature
from tests.manifests import seal

# Written by the minisign command, version 0.11 (-G -W; -S; -S -l), over MESSAGE.
MESSAGE = b"A manifest.\n"
PUBLIC = """\
untrusted comment: minisign public key 4E16C638111A6C3C
RWQ8bBoROMYWTtLC9gHnDwujjlwnZPYIzZBbLunpcJn24f67ys8/tEwk
"""
SIGNATURE = """\
untrusted comment: signature from minisign secret key
RUQ8bBoROMYWTtLOitNS30Ft6Z3HE6mFlkUc76fx62xdlnO+6Y2f5oU6gIQuVPQHc+OnsNKGQGD7fjOjB1u/2JcxKONtiZ5Hygo=
trusted comment: signed for a test
cSdnb5BgP7CuKF/IhMC5EMXNO4OtTn3x9/wazwPLwpXpwreINxsDeU6O+mMECNvnCw+oI6vxsOhkvJch087iBA==
"""
LEGACY = """\
untrusted comment: signature from minisign secret key
RWQ8bBoROMYWTh+YImaDnrLuXiR7Wb4netMReOWFCYJXi9+8CZKOhW4j/84MoG7AGteiMyQe1GxHuTVuRm4ricVFiIbSCIkIzwU=
trusted comment: timestamp:1795610493\tfile:message
h97UAIScgjU7Z5B9cBL68p7rVjnk/DSVryHod/R3zs1l5aPnMDoTGYT08ZHS0Ei+80huINr5az8i9yDVCw6ICw==
"""


def write_bundle(directory: Path, version: str = "1") -> Path:
    directory.mkdir()
    (directory / "model.onnx").write_bytes(b"graph")
    seal(directory, name="trial", version=version, size=64)
    return directory


def public(pair: KeyPair) -> PublicKeys:
    return {key_id(pair.public_key.to_base64()): pair.public_key}


def written_by_the_command(directory: Path, signature: str = SIGNATURE) -> tuple[Path, PublicKeys]:
    (directory / MANIFEST_FILE).write_bytes(MESSAGE)
    (directory / SIGNATURE_FILE).write_text(signature)
    (directory / "key.pub").write_text(PUBLIC)
    return directory, read_public_keys(directory / "key.pub")


def test_a_signed_bundle_verifies_and_stays_what_it_was(tmp_path: Path) -> None:
    bundle, pair = write_bundle(tmp_path / "1"), KeyPair.generate()
    before = digest(bundle)
    signed = sign(bundle, pair.secret_key)
    assert verify_signature(bundle, public(pair)) == signed == claimed_signer(bundle)
    assert digest(bundle) == before
    Manifest.read(bundle).verify(bundle)


def test_the_comment_says_what_was_signed(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "1")
    parts = dict(part.split(":", 1) for part in sign(bundle, KeyPair.generate().secret_key).comment.split("\t"))
    assert int(parts.pop("timestamp")) > 0
    assert parts == {"file": "manifest.json", "name": "trial", "version": "1", "digest": digest(bundle)}


def test_what_the_minisign_command_signed_verifies(tmp_path: Path) -> None:
    directory, keys = written_by_the_command(tmp_path)
    assert verify_signature(directory, keys) == Signer("4E16C638111A6C3C", "signed for a test")


def test_what_was_read_is_what_is_verified(tmp_path: Path) -> None:
    directory, keys = written_by_the_command(tmp_path)
    with pytest.raises(InvalidBundle, match="does not fit"):
        verify_signature(directory, keys, MESSAGE + b" ")
    (directory / MANIFEST_FILE).write_bytes(b"put there since")
    assert str(verify_signature(directory, keys, MESSAGE)) == "key 4E16C638111A6C3C: signed for a test"


def test_the_legacy_form_is_refused(tmp_path: Path) -> None:
    directory, keys = written_by_the_command(tmp_path, LEGACY)
    with pytest.raises(InvalidBundle, match="legacy form"):
        verify_signature(directory, keys)


def test_a_signature_of_the_file_passes_for_none_of_its_hash(tmp_path: Path) -> None:
    """The two letters that tell the forms apart are not signed."""
    lines = LEGACY.splitlines()
    lines[1] = b64encode(b"ED" + b64decode(lines[1])[2:]).decode()
    directory, keys = written_by_the_command(tmp_path, "\n".join(lines))
    with pytest.raises(InvalidBundle, match="does not fit"):
        verify_signature(directory, keys)


def edit(directory: Path, name: str, before: str, after: str) -> None:
    text = (directory / name).read_text()
    assert before in text
    (directory / name).write_text(text.replace(before, after, 1))


def cut(directory: Path, lines: int) -> None:
    text = (directory / SIGNATURE_FILE).read_text()
    (directory / SIGNATURE_FILE).write_text("".join(text.splitlines(keepends=True)[:lines]))


def become_a_directory(directory: Path) -> None:
    (directory / SIGNATURE_FILE).unlink()
    (directory / SIGNATURE_FILE).mkdir()


def become_a_link(directory: Path) -> None:
    path = directory / SIGNATURE_FILE
    path.symlink_to(path.rename(directory.parent / "elsewhere"))


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no signature": (lambda d: (d / SIGNATURE_FILE).unlink(), "is not signed"),
    "no manifest": (lambda d: (d / MANIFEST_FILE).unlink(), "manifest.json cannot be read"),
    "changed manifest": (lambda d: edit(d, MANIFEST_FILE, "Tests.", "Rests."), "does not fit"),
    "changed comment": (lambda d: edit(d, SIGNATURE_FILE, "version:1", "version:2"), "does not fit"),
    "another comment's signature": (lambda d: edit(d, SIGNATURE_FILE, "\ntrusted comment: ", "\n"), "malformed"),
    "a line short": (lambda d: cut(d, 3), "malformed: invalid number of lines"),
    "empty": (lambda d: cut(d, 0), "malformed"),
    "no base64": (lambda d: edit(d, SIGNATURE_FILE, "\nRU", "\n?U"), "malformed: invalid base64"),
    "another algorithm": (lambda d: edit(d, SIGNATURE_FILE, "\nRU", "\nQU"), "malformed: unsupported"),
    "no text": (lambda d: (d / SIGNATURE_FILE).write_bytes(b"\xff\n" * 4), "malformed"),
    "gigantic": (lambda d: (d / SIGNATURE_FILE).write_bytes(bytes(2**24 + 1)), "is too large"),
    "a directory": (become_a_directory, "Received a directory"),
    "a link": (become_a_link, "Received a symbolic link"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_signature_is_refused(tmp_path: Path, name: str) -> None:
    bundle, pair = write_bundle(tmp_path / "1"), KeyPair.generate()
    sign(bundle, pair.secret_key)
    tamper, reason = TAMPERINGS[name]
    tamper(bundle)
    with pytest.raises(InvalidBundle, match=reason):
        verify_signature(bundle, public(pair))


def test_the_untrusted_comment_may_change(tmp_path: Path) -> None:
    bundle, pair = write_bundle(tmp_path / "1"), KeyPair.generate()
    signed = sign(bundle, pair.secret_key)
    edit(bundle, SIGNATURE_FILE, "signature from minisign secret key", "from the hospital")
    assert verify_signature(bundle, public(pair)) == signed


def test_the_signature_of_another_version_does_not_fit(tmp_path: Path) -> None:
    pair = KeyPair.generate()
    one, two = write_bundle(tmp_path / "1"), write_bundle(tmp_path / "2", "2")
    sign(one, pair.secret_key)
    (two / SIGNATURE_FILE).write_bytes((one / SIGNATURE_FILE).read_bytes())
    with pytest.raises(InvalidBundle, match="belongs to another version"):
        verify_signature(two, public(pair))


def test_another_key_is_named_beside_those_expected(tmp_path: Path) -> None:
    bundle, theirs, ours = write_bundle(tmp_path / "1"), KeyPair.generate(), KeyPair.generate()
    signed = sign(bundle, theirs.secret_key)
    with pytest.raises(InvalidBundle, match=rf"Expected one of .*{next(iter(public(ours)))}.*Received {signed.key_id}"):
        verify_signature(bundle, public(ours))


def test_the_id_of_a_key_is_not_the_key(tmp_path: Path) -> None:
    """Anyone can make a key under an id of their choice."""
    bundle, theirs, ours = write_bundle(tmp_path / "1"), KeyPair.generate(), KeyPair.generate()
    signed = sign(bundle, theirs.secret_key)
    with pytest.raises(InvalidBundle, match="does not fit"):
        verify_signature(bundle, {signed.key_id: _under_the_id_of(theirs, ours)})


def _under_the_id_of(theirs: KeyPair, ours: KeyPair) -> PublicKey:
    raw = b64decode(theirs.public_key.to_base64())[:10] + b64decode(ours.public_key.to_base64())[10:]
    return PublicKey.from_base64(b64encode(raw))


def test_either_of_two_keys_may_sign(tmp_path: Path) -> None:
    bundle, old, new = write_bundle(tmp_path / "1"), KeyPair.generate(), KeyPair.generate()
    for pair in (old, new):
        signed = sign(bundle, pair.secret_key, replace=True)
        assert verify_signature(bundle, {**public(old), **public(new)}) == signed


def test_a_bundle_that_is_not_whole_is_not_signed(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "1")
    (bundle / "model.onnx").write_bytes(b"grapf")
    with pytest.raises(InvalidBundle, match="was changed"):
        sign(bundle, KeyPair.generate().secret_key)
    assert claimed_signer(bundle) is None


def test_a_signature_is_replaced_only_on_demand(tmp_path: Path) -> None:
    bundle, first, second = write_bundle(tmp_path / "1"), KeyPair.generate(), KeyPair.generate()
    signed = sign(bundle, first.secret_key)
    with pytest.raises(FileExistsError, match="signed already"):
        sign(bundle, second.secret_key)
    assert claimed_signer(bundle) == signed
    sign(bundle, second.secret_key, replace=True)
    assert verify_signature(bundle, public(second)).key_id != signed.key_id


def test_a_damaged_key_signs_nothing(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "1")
    raw = bytearray(b64decode(KeyPair.generate().secret_key.to_base64()))
    raw[100] ^= 1  # in the public half
    with pytest.raises(InvalidKey, match="damaged"):
        sign(bundle, SecretKey.from_base64(b64encode(raw)))
    assert claimed_signer(bundle) is None


@pytest.mark.parametrize("name", ["manifest.json.minisig.old", "model.onnx.minisig", "key.pub"])
def test_no_other_file_may_stand_beside(tmp_path: Path, name: str) -> None:
    bundle = write_bundle(tmp_path / "1")
    (bundle / name).touch()
    with pytest.raises(InvalidBundle, match="does not hold the files"):
        Manifest.read(bundle).verify(bundle)
